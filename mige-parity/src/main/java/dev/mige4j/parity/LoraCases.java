package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.tensor.nn.Mlp;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.GradientClipping;
import dev.mige4j.weights.LoraAdapter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * LoRA as PEFT computes it: the forward pass of a linear layer with one and two adapters, and steps of AdamW on
 * adapters. The metadata of the golden names the script and the commit of PEFT.
 */
final class LoraCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("lora-forward", LoraCases::forward), GoldenKind.single("lora-steps", LoraCases::steps));

    /** Absolute difference after three steps of 0.01. */
    private static final double PARAMETER_TOLERANCE = 1e-6;

    private LoraCases() {}

    // ---- forward ----

    private static void forward(Golden golden, SoftAssertions checks) {
        LoraAdapter first = adapter(golden, "first"), second = adapter(golden, "second");
        Tensor x = golden.get("input.x");
        checks.assertClose(
                "output.base", golden.get("output.base"), layer(golden).forward(x));
        checks.assertClose(
                "output.first", golden.get("output.first"), layer(golden, first).forward(x));
        checks.assertClose(
                "output.both",
                golden.get("output.both"),
                layer(golden, first, second).forward(x));
        checks.assertCloseL2(
                "output.both_bf16",
                golden.get("output.both_bf16"),
                layer(golden, first, second).forward(x.to(DType.BF16)),
                Tolerance.BFLOAT16);
        checks.assertClose("output.delta_weight", golden.get("output.delta_weight"), first.deltaWeight());
    }

    private static LoraAdapter adapter(Golden golden, String name) {
        JsonNode config = golden.config().path(name);
        return new LoraAdapter(
                golden.get("weights." + name + ".lora_A"),
                golden.get("weights." + name + ".lora_B"),
                config.path("scale").asDouble()
                        * config.path("alpha").asDouble()
                        / config.path("rank").asInt());
    }

    private static Linear layer(Golden golden, LoraAdapter... adapters) {
        return new Linear(
                golden.weights()
                        .withAdapters(Map.of("layer", List.of(adapters)))
                        .at("layer"),
                golden.configInt("in"),
                golden.configInt("out"));
    }

    // ---- steps ----

    private static void steps(Golden golden, SoftAssertions checks) {
        double scale = (double) golden.configInt("alpha") / golden.configInt("rank");
        Map<String, List<LoraAdapter>> adapters = new LinkedHashMap<>();
        for (String module : List.of("fc1", "fc2"))
            adapters.put(
                    module,
                    List.of(new LoraAdapter(
                            golden.get("input.param." + module + ".lora_A.weight"),
                            golden.get("input.param." + module + ".lora_B.weight"),
                            scale)));
        Map<String, Tensor> recorded = new LinkedHashMap<>();
        var weights = golden.weights().withAdapters(adapters).recordingInto(recorded);
        int in = golden.configInt("in"), hidden = golden.configInt("hidden"), out = golden.configInt("out");
        Mlp mlp = new Mlp(
                new Linear(weights.at("fc1"), in, hidden), Tensor::gelu, new Linear(weights.at("fc2"), hidden, out));
        FlatParameters parameters = new FlatParameters(recorded, key -> key.contains(".lora_"));
        JsonNode optimizerConfig = golden.metadata("optimizer");
        AdamW optimizer = new AdamW(
                new AdamW.Config(
                        optimizerConfig.path("betas").get(0).asDouble(),
                        optimizerConfig.path("betas").get(1).asDouble(),
                        optimizerConfig.path("eps").asDouble(),
                        optimizerConfig.path("weight_decay").asDouble()),
                parameters.count());
        for (int step = 0; golden.has("input.step" + step + ".x"); step++) {
            String output = "output.step" + step + ".";
            parameters.gradients().fill_(0);
            Tensor error = mlp.forward(golden.get("input.step" + step + ".x"))
                    .sub(golden.get("input.step" + step + ".target"));
            Tensor loss = error.mul(error).mean();
            loss.backward();
            checks.assertClose(output + "loss", golden.get(output + "loss"), loss.view(1));
            compare(golden, output + "grad.", parameters.viewsByName(parameters.gradients()), checks);
            optimizer.step(
                    parameters,
                    step + 1,
                    optimizerConfig.path("lr").asDouble(),
                    new GradientClipping(0).scale(parameters.gradients().norm().to(DType.F64)));
            compare(golden, output + "param.", parameters.viewsByName(parameters.values()), checks);
        }
    }

    private static void compare(Golden golden, String prefix, Map<String, Tensor> computed, SoftAssertions checks) {
        checks.assertEqual(
                prefix,
                List.copyOf(golden.names(prefix)).stream().sorted().toList(),
                computed.keySet().stream().sorted().toList());
        computed.forEach((key, actual) ->
                checks.assertCloseAbsolute(prefix + key, golden.get(prefix + key), actual, PARAMETER_TOLERANCE));
    }
}

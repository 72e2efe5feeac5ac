package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import mige.data.DataSet;
import mige.denoiser.Denoiser;
import mige.sampler.NoiseSchedule;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.train.AdamW;
import mige.train.Clipping;
import mige.train.ConditionDropout;
import mige.train.IddpmLoss;
import mige.train.Parameters;

/** Loss, gradients, optimiser and data reading of the training. Source: reference DIFFUSION.md sections 7, 8, 10 and 12. */
final class TrainingCases {

    static final List<Kind> KINDS = List.of(
            Kind.single("training_loss", TrainingCases::loss),
            Kind.single("train_steps", TrainingCases::steps),
            Kind.of("dataset_reading", TrainingCases::items));

    /** Absolute, after three steps: the reference and an independent implementation differ by 6e-8. */
    private static final double PARAMETERS = 1e-6;

    /**
     * Of gradients: at t = 0 a difference of two nearly saturated tanh is divided by itself, and one unit in the last place of
     * libtorch's vectorised tanh (AVX2) moves a gradient by 1.1e-4 of its largest; with the plain one all agree within 5e-6.
     */
    private static final double GRADIENTS = 3e-4;

    private TrainingCases() {}

    // ---- loss ----

    private static void loss(Golden golden, Checks checks) {
        Subject subject = new Subject(golden);
        int[] t = ints(golden.get("input.timestep"));
        Tensor z = golden.get("input.x0"), n = golden.get("input.noise");
        Tensor noised = subject.loss.noised(z, n, t);
        checks.close("intermediate.x_t", golden.get("intermediate.x_t"), noised);
        for (String mode : List.of("eval", "train")) {
            subject.parameters.gradient().fill_(0);
            double[] draw = mode.equals("train") ? golden.get("input.drop_draw").doubles() : null;
            Tensor made = subject.predict(noised, golden.get("input.source"), t, golden.get("input.text"), golden.get("input.mask"), draw);
            IddpmLoss.Losses losses = subject.loss.of(made, z, n, noised, t);
            checks.close("intermediate." + mode + ".model_output", golden.get("intermediate." + mode + ".model_output"), made);
            checks.close("output." + mode + ".mse", golden.get("output." + mode + ".mse"), losses.mse());
            checks.close("output." + mode + ".vb", golden.get("output." + mode + ".vb"), losses.vb());
            checks.close("output." + mode + ".loss", golden.get("output." + mode + ".loss"), losses.mse().add(losses.vb()));
            losses.mean().backward();
            Map<String, Tensor> found = subject.parameters.named(subject.parameters.gradient());
            golden.all("grad." + mode + ".").forEach((key, expected) -> checks.close("grad." + mode + "." + key, meaningful(key, expected), meaningful(key, found.get(key)), GRADIENTS));
        }
    }

    // ---- steps ----

    private static void steps(Golden golden, Checks checks) {
        Subject subject = new Subject(golden);
        JsonNode o = golden.meta("optimizer"), limit = golden.meta("clip");
        var config = new AdamW.Config(o.path("betas").get(0).asDouble(), o.path("betas").get(1).asDouble(), o.path("eps").asDouble(), o.path("weight_decay").asDouble());
        AdamW optimiser = new AdamW(config, subject.parameters.count());
        Clipping clipping = new Clipping(limit == null || limit.isNull() ? 0 : limit.asDouble());
        for (int step = 0; golden.has("input.step" + step + ".x0"); step++) {
            String in = "input.step" + step + ".", out = "output.step" + step + ".";
            int[] t = ints(golden.get(in + "timestep"));
            Tensor z = golden.get(in + "x0"), n = golden.get(in + "noise"), noised = subject.loss.noised(z, n, t);
            subject.parameters.gradient().fill_(0);
            Tensor made = subject.predict(noised, golden.get(in + "source"), t, golden.get(in + "text"), golden.get(in + "mask"), golden.get(in + "drop_draw").doubles());
            IddpmLoss.Losses losses = subject.loss.of(made, z, n, noised, t);
            losses.mean().backward();
            double norm = subject.parameters.gradient().norm().item();
            optimiser.step(subject.parameters, step + 1, o.path("lr").asDouble(), clipping.factor(norm));
            checks.close(out + "loss", golden.get(out + "loss"), losses.mse().add(losses.vb()));
            checks.close(out + "grad_norm", golden.get(out + "grad_norm").doubles(), new double[] {norm}, Tolerance.FLOAT32);
            Map<String, Tensor> found = subject.parameters.named(subject.parameters.values());
            golden.all(out + "param.").forEach((key, expected) -> {
                if (!found.containsKey(key)) checks.fail("nothing of ours answers '" + out + "param." + key + "'");
                else checks.within(out + key, meaningful(key, expected), meaningful(key, found.get(key)), PARAMETERS);
            });
        }
    }

    /**
     * A tensor without the biases of attention keys: softmax ignores a constant, so their true gradient is zero, and what is computed
     * is rounding noise that Adam turns into whole steps of random sign.
     */
    private static Tensor meaningful(String key, Tensor tensor) {
        if (key.endsWith("cross_attn.kv_linear.bias")) return tensor.narrow(0, tensor.size(0) / 2, tensor.size(0) / 2);
        if (!key.endsWith("attn.qkv.bias")) return tensor;
        long third = tensor.size(0) / 3;
        return Tensor.cat(0, tensor.narrow(0, 0, third), tensor.narrow(0, 2 * third, third));
    }

    private static int[] ints(Tensor numbers) {
        return IntStream.range(0, (int) numbers.count()).map(i -> (int) numbers.longs()[i]).toArray();
    }

    /** The small denoiser of a golden, ready to be trained. */
    private static final class Subject {
        final Denoiser denoiser;
        final Parameters parameters;
        final IddpmLoss loss = new IddpmLoss(NoiseSchedule.linear());

        Subject(Golden golden) {
            Map<String, Tensor> handedOut = new LinkedHashMap<>();
            var config = new Denoiser.Config(golden.size("in_channels"), golden.size("latent"), golden.size("patch"), golden.size("hidden"),
                    golden.size("depth"), golden.size("heads"), golden.size("caption"), golden.size("tokens"), 4, 1);
            denoiser = new Denoiser(config, golden.weights().recordingInto(handedOut));
            parameters = new Parameters(handedOut, key -> !key.equals("pos_embed") && !key.equals("y_embedder.y_embedding"));
        }

        /** A pass with the conditions dropped that the draws say; none when there are no draws. */
        Tensor predict(Tensor noised, Tensor source, int[] t, Tensor text, Tensor mask, double[] draws) {
            List<Tensor> canvases = new ArrayList<>(), texts = new ArrayList<>();
            for (int i = 0; i < t.length; i++) {
                ConditionDropout dropped = draws == null ? ConditionDropout.NOTHING : ConditionDropout.of(draws[i]);
                canvases.add(dropped.canvas() ? source.row(i).mul(0) : source.row(i));
                texts.add(dropped.text() ? denoiser.nullText().narrow(0, 0, text.size(1)).unsqueeze(0) : text.row(i));
            }
            return denoiser.forward(noised, Tensor.cat(0, canvases), Tensor.of(t, t.length).to(DType.F32), Tensor.cat(0, texts), ints(mask.to(DType.I64).sum(false, 1)));
        }
    }

    // ---- data ----

    private static List<Case> items(Golden golden) {
        List<Case> cases = new ArrayList<>();
        int resolution = golden.json().path("resolution").asInt();
        for (JsonNode c : golden.json().path("cases")) {
            cases.add(Case.of(golden.name() + " " + c.path("item").path("image").asText(), checks -> item(c, resolution, checks)));
        }
        return cases;
    }

    private static void item(JsonNode expected, int resolution, Checks checks) {
        Optional<DataSet.Item> item = DataSet.item(expected.path("item"), resolution);
        checks.same("kept", expected.path("kept").asBoolean(), item.isPresent());
        if (item.isEmpty() || !expected.path("kept").asBoolean()) return;
        checks.same("task", expected.path("task").asText(), item.get().task().label());
        checks.same("caption", expected.path("caption").asText(), item.get().caption());
        checks.same("target_feature", expected.path("target_feature").asText(), item.get().targetFeature());
        checks.same("source_feature", expected.path("source_feature").asText(null), item.get().sourceFeature().orElse(null));
        List<String> references = new ArrayList<>();
        expected.path("reference_features").forEach(path -> references.add(path.asText()));
        checks.same("reference_features", references, item.get().referenceFeatures());
        checks.same("real_references", expected.path("real_references").asInt(), item.get().entities().size());
    }
}

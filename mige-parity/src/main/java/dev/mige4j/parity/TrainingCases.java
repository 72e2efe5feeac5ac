package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.train.dataset.ConditioningDropout;
import dev.mige4j.train.dataset.LatentMomentFiles;
import dev.mige4j.train.dataset.MigeFormatDataset;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.GradientClipping;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Training: loss, gradients, optimizer steps, and reading of the dataset. Source: docs/specification/diffusion.md
 * sections 7, 8, 10 and 12.
 */
final class TrainingCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("training_loss", TrainingCases::trainingLoss),
            GoldenKind.single("train_steps", TrainingCases::trainSteps),
            GoldenKind.of("dataset_reading", TrainingCases::datasetCases));

    /** Absolute difference after three steps; the reference and an independent implementation differ by 6e-8. */
    private static final double PARAMETER_TOLERANCE = 1e-6;

    /**
     * Gradients. At t = 0, a difference of two nearly saturated tanh values is divided by itself, so one unit in the
     * last place of libtorch's vectorized tanh (AVX2) changes a gradient by 1.1e-4 of its maximum. With the scalar tanh
     * all agree within 5e-6.
     */
    private static final double GRADIENT_TOLERANCE = 3e-4;

    private TrainingCases() {}

    // ---- loss ----

    private static void trainingLoss(Golden golden, SoftAssertions checks) {
        TrainingFixture fixture = new TrainingFixture(golden);
        int[] t = toIntArray(golden.get("input.timestep"));
        Tensor latents = golden.get("input.x0"), noise = golden.get("input.noise");
        Tensor noisyLatents = fixture.loss.addNoise(latents, noise, t);
        checks.assertClose("intermediate.x_t", golden.get("intermediate.x_t"), noisyLatents);
        for (String mode : List.of("eval", "train")) {
            fixture.parameters.gradients().fill_(0);
            double[] draw = mode.equals("train") ? golden.get("input.drop_draw").toDoubleArray() : null;
            Tensor prediction = fixture.predict(
                    noisyLatents,
                    golden.get("input.source"),
                    t,
                    golden.get("input.text"),
                    golden.get("input.mask"),
                    draw);
            IddpmLoss.Terms losses = fixture.loss.compute(prediction, latents, noise, noisyLatents, t, null);
            checks.assertClose(
                    "intermediate." + mode + ".model_output",
                    golden.get("intermediate." + mode + ".model_output"),
                    prediction);
            checks.assertClose("output." + mode + ".mse", golden.get("output." + mode + ".mse"), losses.mse());
            checks.assertClose("output." + mode + ".vb", golden.get("output." + mode + ".vb"), losses.vb());
            checks.assertClose(
                    "output." + mode + ".loss",
                    golden.get("output." + mode + ".loss"),
                    losses.mse().add(losses.vb()));
            losses.mean().backward();
            Map<String, Tensor> actual = fixture.parameters.viewsByName(fixture.parameters.gradients());
            golden.tensors("grad." + mode + ".")
                    .forEach((key, expected) -> checks.assertClose(
                            "grad." + mode + "." + key,
                            withoutKeyBias(key, expected),
                            withoutKeyBias(key, actual.get(key)),
                            GRADIENT_TOLERANCE));
        }
    }

    // ---- steps ----

    private static void trainSteps(Golden golden, SoftAssertions checks) {
        TrainingFixture fixture = new TrainingFixture(golden);
        JsonNode optimizerConfig = golden.metadata("optimizer"), clipNode = golden.metadata("clip");
        var config = new AdamW.Config(
                optimizerConfig.path("betas").get(0).asDouble(),
                optimizerConfig.path("betas").get(1).asDouble(),
                optimizerConfig.path("eps").asDouble(),
                optimizerConfig.path("weight_decay").asDouble());
        AdamW optimizer = new AdamW(config, fixture.parameters.count());
        GradientClipping clipping =
                new GradientClipping(clipNode == null || clipNode.isNull() ? 0 : clipNode.asDouble());
        for (int step = 0; golden.has("input.step" + step + ".x0"); step++) {
            String in = "input.step" + step + ".", out = "output.step" + step + ".";
            int[] t = toIntArray(golden.get(in + "timestep"));
            Tensor latents = golden.get(in + "x0"),
                    noise = golden.get(in + "noise"),
                    noisyLatents = fixture.loss.addNoise(latents, noise, t);
            fixture.parameters.gradients().fill_(0);
            Tensor prediction = fixture.predict(
                    noisyLatents,
                    golden.get(in + "source"),
                    t,
                    golden.get(in + "text"),
                    golden.get(in + "mask"),
                    golden.get(in + "drop_draw").toDoubleArray());
            IddpmLoss.Terms losses = fixture.loss.compute(prediction, latents, noise, noisyLatents, t, null);
            losses.mean().backward();
            Tensor norm = fixture.parameters.gradients().norm().to(DType.F64);
            optimizer.step(
                    fixture.parameters, step + 1, optimizerConfig.path("lr").asDouble(), clipping.scale(norm));
            checks.assertClose(
                    out + "loss", golden.get(out + "loss"), losses.mse().add(losses.vb()));
            checks.assertClose(
                    out + "grad_norm",
                    golden.get(out + "grad_norm").toDoubleArray(),
                    new double[] {norm.item()},
                    Tolerance.FLOAT32);
            Map<String, Tensor> actual = fixture.parameters.viewsByName(fixture.parameters.values());
            golden.tensors(out + "param.").forEach((key, expected) -> {
                if (!actual.containsKey(key)) checks.fail("there is no comparison for '" + out + "param." + key + "'");
                else
                    checks.assertCloseAbsolute(
                            out + key,
                            withoutKeyBias(key, expected),
                            withoutKeyBias(key, actual.get(key)),
                            PARAMETER_TOLERANCE);
            });
        }
    }

    /**
     * Removes the biases of attention keys: softmax ignores a constant, so their true gradient is zero, and the
     * computed one is rounding noise that Adam turns into full-size steps of random sign.
     */
    private static Tensor withoutKeyBias(String key, Tensor tensor) {
        if (key.endsWith("cross_attn.kv_linear.bias")) return tensor.narrow(0, tensor.size(0) / 2, tensor.size(0) / 2);
        if (!key.endsWith("attn.qkv.bias")) return tensor;
        long third = tensor.size(0) / 3;
        return Tensor.cat(0, tensor.narrow(0, 0, third), tensor.narrow(0, 2 * third, third));
    }

    private static int[] toIntArray(Tensor numbers) {
        return IntStream.range(0, (int) numbers.numel())
                .map(i -> (int) numbers.toLongArray()[i])
                .toArray();
    }

    /** The denoiser of a golden with its parameters and loss. */
    private static final class TrainingFixture {
        final Denoiser denoiser;
        final FlatParameters parameters;
        final IddpmLoss loss = new IddpmLoss(NoiseSchedule.linear());

        TrainingFixture(Golden golden) {
            Map<String, Tensor> parametersByKey = new LinkedHashMap<>();
            var config = new Denoiser.Config(
                    golden.configInt("in_channels"),
                    golden.configInt("latent"),
                    golden.configInt("patch"),
                    golden.configInt("hidden"),
                    golden.configInt("depth"),
                    golden.configInt("heads"),
                    golden.configInt("caption"),
                    golden.configInt("tokens"),
                    4,
                    1);
            denoiser = new Denoiser(config, golden.weights().recordingInto(parametersByKey));
            parameters = new FlatParameters(
                    parametersByKey, key -> !key.equals("pos_embed") && !key.equals("y_embedder.y_embedding"));
        }

        /** A forward pass with the conditions dropped according to {@code draws}; none when it is null. */
        Tensor predict(Tensor noisyLatents, Tensor source, int[] t, Tensor text, Tensor mask, double[] draws) {
            List<Tensor> sources = new ArrayList<>(), texts = new ArrayList<>();
            for (int i = 0; i < t.length; i++) {
                ConditioningDropout dropout =
                        draws == null ? ConditioningDropout.NONE : ConditioningDropout.of(draws[i]);
                sources.add(dropout.dropsSource() ? source.row(i).mul(0) : source.row(i));
                texts.add(
                        dropout.dropsText()
                                ? denoiser.nullText().narrow(0, 0, text.size(1)).unsqueeze(0)
                                : text.row(i));
            }
            return denoiser.forward(
                    noisyLatents,
                    Tensor.cat(0, sources),
                    Tensor.of(t, t.length).to(DType.F32),
                    Tensor.cat(0, texts),
                    toIntArray(mask.to(DType.I64).sum(false, 1)));
        }
    }

    // ---- data ----

    private static List<ParityCase> datasetCases(Golden golden) {
        List<ParityCase> cases = new ArrayList<>();
        int resolution = golden.json().path("resolution").asInt();
        for (JsonNode c : golden.json().path("cases")) {
            cases.add(ParityCase.of(
                    golden.name() + " " + c.path("item").path("image").asText(),
                    checks -> checkDatasetItem(c, resolution, checks)));
        }
        return cases;
    }

    private static void checkDatasetItem(JsonNode expected, int resolution, SoftAssertions checks) {
        DatasetRecord record = DatasetRecord.fromJson(expected.path("item"));
        LatentMomentFiles files = new LatentMomentFiles(Path.of(""), resolution);
        checks.assertEqual("kept", expected.path("kept").asBoolean(), !record.isTooWide());
        if (record.isTooWide() || !expected.path("kept").asBoolean()) return;
        checks.assertEqual("task", expected.path("task").asText(), record.task().label());
        checks.assertEqual(
                "caption",
                expected.path("caption").asText(),
                PromptTemplates.withPrefix(
                                MigeFormatDataset.prefix(record.task(), PromptTemplates.TRAINING), record.instruction())
                        .text());
        checks.assertEqual("target_feature", expected.path("target_feature").asText(), files.target(record));
        checks.assertEqual(
                "source_feature",
                expected.path("source_feature").asText(null),
                files.source(record).orElse(null));
        List<String> references = new ArrayList<>();
        expected.path("reference_features").forEach(path -> references.add(path.asText()));
        checks.assertEqual(
                "reference_features",
                references,
                record.referencePaths().stream().map(files::reference).toList());
        checks.assertEqual(
                "real_references",
                expected.path("real_references").asInt(),
                record.referencePaths().size());
    }
}

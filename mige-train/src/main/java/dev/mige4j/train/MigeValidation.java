package dev.mige4j.train;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.denoiser.TimestepEmbedding;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.sampler.DpmSolver;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.Solver;
import dev.mige4j.sampler.TimeGrid;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss.EncodedBatch;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.train.logging.ImageGrid;
import dev.mige4j.train.logging.MetricsLog;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Validation of {@link MigeTraining}: the loss of the held-out examples, images generated for some, and an export. */
final class MigeValidation {

    private final MigeTrainingConfig config;
    private final ForwardPass forwardPass;
    private final ModelConfig model;
    private final AutoEncoder autoencoder;
    private final FeatureCache cache;
    private final BatchCollator collator;
    private final Runnable export;

    /** @param export writes the current weights */
    MigeValidation(
            MigeTrainingConfig config,
            ForwardPass forwardPass,
            AutoEncoder autoencoder,
            FeatureCache cache,
            BatchCollator collator,
            Runnable export) {
        this.config = config;
        this.forwardPass = forwardPass;
        this.model = forwardPass.model();
        this.autoencoder = autoencoder;
        this.cache = cache;
        this.collator = collator;
        this.export = export;
    }

    /** Logs the images and returns the losses by name. */
    Map<String, Double> run(long step, MetricsLog log) {
        Map<String, Double> losses = heldOutLosses();
        if (config.validation().samples() > 0)
            log.logImage(step, "validation", Scope.scoped(() -> ImageGrid.rows(generateImages())));
        return losses;
    }

    /** Writes the current weights as a model folder, or as a LoRA. */
    void export() {
        export.run();
    }

    /** Mean loss of all held-out examples, and by task, with the same noise each time. */
    private Map<String, Double> heldOutLosses() {
        Map<String, double[]> sums = new TreeMap<>();
        for (HeldOutLoss each : lossesByExample(1)) {
            for (String name : List.of("held_out", "held_out_" + each.task())) {
                double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
                sum[0] += each.loss();
                sum[1]++;
            }
        }
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
        return means;
    }

    /**
     * The loss of each held-out example, with the same noise each time.
     *
     * @param draws of noise and time, over which the loss is averaged
     */
    List<HeldOutLoss> lossesByExample(int draws) {
        int heldOut = config.data().heldOut(), batchSize = config.trainer().batchSize();
        double[] sums = new double[heldOut];
        for (int draw = 1; draw <= draws; draw++) {
            for (int from = 0; from < heldOut; from += batchSize) {
                int[] indices = IntStream.range(from, Math.min(heldOut, from + batchSize))
                        .toArray();
                long firstSample = -1L - (long) draw * heldOut + from; // training samples have numbers from 0
                float[] losses = Scope.scoped(() -> {
                    EncodedBatch encoded = forwardPass.encode(collator.collate(indices, firstSample, false));
                    return forwardPass.denoise(encoded).validation().toFloatArray();
                });
                for (int i = 0; i < losses.length; i++) sums[from + i] += losses[i];
            }
        }
        return IntStream.range(0, heldOut)
                .mapToObj(i -> new HeldOutLoss(i, cache.task(i), sums[i] / draws))
                .toList();
    }

    /** Source, generated image and target of the same held-out examples each time, as batches. */
    private Tensor[] generateImages() {
        int[] indices = validationExamples();
        TrainingBatch batch = collator.collate(indices, -1L, false);
        EncodedBatch encoded = forwardPass.encode(batch);
        Guidance guidance = new Guidance(model.defaults().editGuidance(), 1);
        var branches = guidance.branches();
        PreparedDenoiser prepared = forwardPass
                .networks()
                .denoiser()
                .prepare(
                        branches,
                        encoded.sourceLatents(),
                        encoded.conditioning().states(),
                        encoded.conditioning().lengths(),
                        TimestepEmbedding.TimestepRounding.NONE);
        int channels = model.autoencoder().latentChannels(), side = model.latentSize();
        Tensor noise = Latent.noise(config.seed(), 0, indices.length, channels, side, side)
                .values();
        NoiseModel noiseModel = model.predictionType().toNoiseModel(prepared::predict, NoiseSchedule.linear());
        Tensor latents = Solver.of(
                        model.defaults().ancestral(),
                        TimeGrid.UNIFORM,
                        model.defaults().clipSampleRange())
                .sample(
                        noise,
                        guidance.around(branches, noiseModel, DType.F32),
                        config.validation().inferenceSteps(),
                        new Rng(config.seed(), -3),
                        DpmSolver.StepListener.NONE);
        return new Tensor[] {
            autoencoder.decodeRaw(batch.sourceLatents()),
            autoencoder.decode(new Latent(latents)),
            autoencoder.decodeRaw(batch.targetLatents())
        };
    }

    /** Held-out examples, one of each group in turn. */
    private int[] validationExamples() {
        List<Integer> remaining = new ArrayList<>(
                IntStream.range(0, config.data().heldOut()).boxed().toList());
        List<Integer> selected = new ArrayList<>();
        while (selected.size() < config.validation().samples() && !remaining.isEmpty()) {
            Set<String> groupsOfRound = new LinkedHashSet<>();
            List<Integer> round = remaining.stream()
                    .filter(i -> groupsOfRound.add(cache.group(i)))
                    .toList();
            selected.addAll(round);
            remaining.removeAll(round);
        }
        return selected.stream()
                .limit(config.validation().samples())
                .mapToInt(i -> i)
                .toArray();
    }
}

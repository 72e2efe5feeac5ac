package dev.mige4j.train;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.ImageCache;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.ImageGrid;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Trains the autoencoder on crops of pictures.
 *
 * <pre>
 *   loss = |x̂ − x|₁ + edges · |∇x̂ − ∇x|₁ + kl · ½ mean(μ² + σ² − 1 − ln σ²)         x̂ = decode(μ + σ · noise)
 * </pre>
 *
 * <p>At the end the scale is measured so that latents have unit variance, and {@code autoencoder.safetensors} and
 * {@code autoencoder.json} are written: the averaged weights and their configuration.
 */
public final class VaeTraining {

    /**
     * @param seed of weights and crops
     * @param images pictures in the pool
     * @param heldOut the last of them, kept for measuring
     * @param imageSize side of the pictures
     * @param cropSize side of the crops, a multiple of the autoencoder's factor
     * @param edgeLossWeight weight of the differences between neighbouring pixels
     * @param klWeight weight of the distance from a standard normal latent
     * @param dtype F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param model sizes of the autoencoder
     * @param trainer the loop
     */
    public record Config(
            long seed,
            int images,
            int heldOut,
            int imageSize,
            int cropSize,
            double edgeLossWeight,
            double klWeight,
            DType dtype,
            AutoEncoder.Config model,
            Trainer.Config trainer) {
        public Config {
            if (cropSize > imageSize || cropSize % model.downscaleFactor() != 0)
                throw new UsageException(
                        "crop %d must be a multiple of %d and at most the size %d",
                        cropSize, model.downscaleFactor(), imageSize);
            dtype = Trainer.resolveDtype(dtype);
            if (heldOut < 1 || heldOut >= images)
                throw new UsageException("heldOut %d must be from 1 to below pictures %d", heldOut, images);
        }
    }

    static final String WEIGHTS_FILE = "autoencoder.safetensors", CONFIG_FILE = "autoencoder.json";
    private static final int VALIDATION_BATCH_SIZE = 16;
    private static final double INITIAL_LOG_VARIANCE = -5;

    private final Config config;
    private final ImageCache imageCache;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final AutoEncoder model;
    private final FlatParameters parameters;

    private VaeTraining(Config config, ImageCache imageCache) {
        this.config = config;
        this.imageCache = imageCache;
        model = new AutoEncoder(config.model(), Weights.fresh(config.seed()).recordingInto(namedTensors));
        parameters = new FlatParameters(namedTensors, key -> true);
        initLogVarianceBias();
    }

    /**
     * Starts with log variances near {@value #INITIAL_LOG_VARIANCE}: at 0 the noise drowns the still small means for a
     * long time.
     */
    private void initLogVarianceBias() {
        int c = config.model().latentChannels();
        Tensor.noGrad(() -> namedTensors.get("quant_conv.bias").narrow(0, c, c).fill_(INITIAL_LOG_VARIANCE));
    }

    /**
     * Trains into {@code folder}, going on where an earlier run stopped.
     *
     * @param render the pictures of the i-th example of a corpus, for the pool {@code pictures-SIZE-COUNT.bin} in the
     *     folder
     * @return the steps done
     */
    public static long run(Config config, Path folder, IntFunction<List<Image>> render, TrainingListener listener) {
        return run(config, folder, render, listener, DataParallel.SINGLE_PROCESS);
    }

    /** The same as one of a crew; the first of it renders the pictures while the others wait. */
    public static long run(
            Config config,
            Path folder,
            IntFunction<List<Image>> render,
            TrainingListener listener,
            DataParallel dataParallel) {
        if (dataParallel.rank() > 0) dataParallel.barrier();
        Path file = folder.resolve("pictures-%d-%d.bin".formatted(config.imageSize(), config.images()));
        try (ImageCache imageCache = ImageCache.open(file, config.imageSize(), config.images(), render, listener)) {
            if (dataParallel.rank() == 0) dataParallel.barrier();
            VaeTraining training = new VaeTraining(config, imageCache);
            Trainer trainer = new Trainer(
                    config.trainer(),
                    training.parameters,
                    training.new ReconstructionObjective(),
                    folder,
                    dataParallel);
            long steps = trainer.run(listener);
            if (dataParallel.rank() == 0) training.export(trainer.emaWeights(), folder);
            return steps;
        }
    }

    /** Writes the averaged weights with the scale that gives latents unit variance. */
    private void export(Tensor emaWeights, Path folder) {
        parameters.withValues(emaWeights, () -> {
            double deviation = Scope.scoped(() -> Tensor.noGrad(() -> {
                Tensor mean = model.latentDistribution(imageCache.batch(heldOutIndices(64)))
                        .mean();
                return Math.sqrt(mean.mul(mean).mean().item());
            }));
            AutoEncoder.Config modelConfig = config.model();
            TrainConfigs.writeJson(
                    folder.resolve(CONFIG_FILE),
                    new AutoEncoder.Config(
                            modelConfig.latentChannels(),
                            modelConfig.channels(),
                            modelConfig.blocksPerLevel(),
                            modelConfig.groups(),
                            modelConfig.unshuffleFactor(),
                            1 / deviation));
            SafeTensors.write(
                    folder.resolve(WEIGHTS_FILE),
                    Map.of("made_by", "mige train vae"),
                    namedTensors.entrySet().stream()
                            .map(e -> TrainingState.tensorItem(e.getKey(), e.getValue(), DType.F32))
                            .toList());
        });
    }

    /** The autoencoder that {@link #run} left in a folder. */
    public static AutoEncoder load(Path folder) {
        return load(folder, new LinkedHashMap<>());
    }

    /** The same, noting its tensors by key. */
    static AutoEncoder load(Path folder, Map<String, Tensor> namedTensors) {
        return new AutoEncoder(
                readConfig(folder),
                Checkpoint.open(folder.resolve(WEIGHTS_FILE)).weights().recordingInto(namedTensors));
    }

    /** Its configuration, with the measured scale. */
    public static AutoEncoder.Config readConfig(Path folder) {
        try {
            return new com.fasterxml.jackson.databind.ObjectMapper()
                    .readValue(folder.resolve(CONFIG_FILE).toFile(), AutoEncoder.Config.class);
        } catch (java.io.IOException e) {
            throw new UsageException(
                    "%s holds no trained autoencoder (%s). Run `mige train vae` first.", folder, e.getMessage());
        }
    }

    private int[] heldOutIndices(int limit) {
        return IntStream.range(config.images() - config.heldOut(), config.images())
                .limit(limit)
                .toArray();
    }

    private final class ReconstructionObjective implements Trainer.Objective {

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            int side = config.cropSize(),
                    pixels = 3 * side * side,
                    cell = side / config.model().downscaleFactor();
            int latentElements = config.model().latentChannels() * cell * cell;
            float[] crops = new float[count * pixels], posteriorNoise = new float[count * latentElements];
            for (int i = 0; i < count; i++) {
                Rng rng = new Rng(config.seed(), firstSample + i);
                int offsets = config.imageSize() - side + 1;
                imageCache.crop(
                        rng.nextInt(config.images() - config.heldOut()),
                        rng.nextInt(offsets),
                        rng.nextInt(offsets),
                        side,
                        rng.nextInt(2) == 1,
                        crops,
                        i * pixels);
                System.arraycopy(
                        rng.nextGaussians(latentElements), 0, posteriorNoise, i * latentElements, latentElements);
            }
            Tensor x = Tensor.of(crops, count, 3, side, side);
            DiagonalGaussian moments =
                    model.latentDistribution(x.to(config.dtype())).to(DType.F32);
            Tensor latents = moments.sample(
                    Tensor.of(posteriorNoise, count, config.model().latentChannels(), cell, cell));
            Tensor reconstruction = model.decodeRaw(latents.to(config.dtype())).to(DType.F32);
            Tensor error = reconstruction.sub(x); // [B, 3, s, s]
            Tensor l1 = error.abs().mean();
            Tensor edgeLoss = finiteDifference(error, 2)
                    .abs()
                    .mean()
                    .add(finiteDifference(error, 3).abs().mean());
            Tensor klLoss = kl(moments);
            return new Trainer.Loss(
                    l1.add(edgeLoss, config.edgeLossWeight()).add(klLoss, config.klWeight()),
                    Map.of("l1", l1, "edges", edgeLoss, "kl", klLoss));
        }

        @Override
        public void validate(long step, MetricsLog log) {
            double mse = 0, kl = 0, latentVariance = 0;
            int[] heldOut = heldOutIndices(config.heldOut());
            for (int start = 0; start < heldOut.length; start += VALIDATION_BATCH_SIZE) {
                int[] indices = java.util.Arrays.copyOfRange(
                        heldOut, start, Math.min(heldOut.length, start + VALIDATION_BATCH_SIZE));
                double[] values = Scope.scoped(() -> {
                    Tensor x = imageCache.batch(indices);
                    DiagonalGaussian moments = model.latentDistribution(x);
                    Tensor reconstruction = model.decodeRaw(moments.mean());
                    Tensor error = reconstruction.clamp(-1, 1).sub(x);
                    if (indices[0] == heldOut[0])
                        log.logImage(step, "reconstruction", ImageGrid.rows(x, reconstruction));
                    return new double[] {
                        error.mul(error).mean().item(),
                        kl(moments).item(),
                        moments.mean().mul(moments.mean()).mean().item()
                    };
                });
                mse += values[0] * indices.length / heldOut.length;
                kl += values[1] * indices.length / heldOut.length;
                latentVariance += values[2] * indices.length / heldOut.length;
            }
            log.logScalars(
                    step,
                    Map.of(
                            "held_out_psnr",
                            10 * Math.log10(4 / mse),
                            "held_out_kl",
                            kl,
                            "latent_deviation",
                            Math.sqrt(latentVariance)));
        }

        private static Tensor finiteDifference(Tensor x, int axis) {
            long n = x.size(axis);
            return x.narrow(axis, 1, n - 1).sub(x.narrow(axis, 0, n - 1));
        }

        private static Tensor kl(DiagonalGaussian moments) {
            return moments.mean()
                    .mul(moments.mean())
                    .add(moments.logVariance().exp())
                    .sub(moments.logVariance())
                    .sub(1)
                    .mean()
                    .mul(0.5);
        }
    }
}

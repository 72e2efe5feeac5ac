package dev.mige4j.train;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.dataset.ImageCache;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.initialization.AutoencoderFolder;
import dev.mige4j.train.logging.ImageGrid;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Trains the autoencoder on crops of images: the stage {@code vae}.
 *
 * <pre>
 *   loss = |x̂ − x|₁ + squaredErrorWeight · (x̂ − x)² + edgeWeight · |∇x̂ − ∇x|₁
 *          + klWeight · ½ mean(μ² + σ² − 1 − ln σ²)
 *   x̂    = decode(μ + σ · noise + latentNoise · rms(μ) · noise')
 * </pre>
 *
 * <p>The second noise, which no gradient reaches, prepares the decoder for the errors of a denoiser; see l-DeTok, arXiv
 * 2507.15856.
 *
 * <p>At the end the scaling factor is measured so that latents have unit variance, and the averaged weights and their
 * configuration are written to the files of an {@link AutoencoderFolder}.
 */
public final class VaeTraining {

    /** The configuration of the stage. */
    public record Config(
            @ConfigKey("seed of initial weights, examples and crops")
            long seed,

            @ConfigKey("images") Data data,
            @ConfigKey("weights of the loss's terms") Loss loss,

            @ConfigKey(
                    "F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one on this machine")
            DType dtype,

            @ConfigKey("sizes of the autoencoder") AutoEncoder.Config model,
            @ConfigKey("the training loop") Trainer.Config trainer) {
        public Config {
            if (data.cropSize > data.imageSize || data.cropSize % model.downscaleFactor() != 0)
                throw new UsageException(
                        "data.cropSize is %d, expected a multiple of %d up to data.imageSize, %d.",
                        data.cropSize, model.downscaleFactor(), data.imageSize);
            dtype = Trainer.resolveDtype(dtype);
        }
    }

    /** Images to train on. */
    public record Data(
            @ConfigKey("number of images, held-out ones included")
            int images,

            @ConfigKey("number of images at the end that are held out for validation")
            int heldOut,

            @ConfigKey("side of the images in pixels") int imageSize,

            @ConfigKey("side of the random crops in pixels, a multiple of the autoencoder's downscale factor")
            int cropSize) {
        public Data {
            if (heldOut < 1 || heldOut >= images)
                throw new UsageException(
                        "data.heldOut is %d, expected 1 to less than data.images, %d.", heldOut, images);
        }
    }

    /** Weights of the terms. */
    public record Loss(
            @ConfigKey("weight of the differences between neighbouring pixels")
            double edgeWeight,

            @ConfigKey("weight of the squared error") double squaredErrorWeight,

            @ConfigKey("weight of the KL divergence from a standard normal latent")
            double klWeight,

            @ConfigKey("deviation of noise that is added to the latents before they are decoded, relative to theirs")
            double latentNoise) {}

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
        parameters = config.trainer().flatten(namedTensors, key -> true);
        Tensor.noGrad(() -> {
            initializeOutputs();
            return null;
        });
    }

    /**
     * Starts with log variances near {@value #INITIAL_LOG_VARIANCE}: at 0 the noise hides the small means for long.
     * With linear shortcuts the networks start at 0, so that the shortcuts alone reconstruct at first.
     */
    private void initializeOutputs() {
        int c = config.model().latentChannels();
        if (config.model().linearShortcut()) {
            for (String layer : List.of("quant_conv", "decoder.conv_out")) {
                namedTensors.get(layer + ".weight").fill_(0);
                namedTensors.get(layer + ".bias").fill_(0);
            }
            namedTensors.get("encoder_shortcut.bias").fill_(0);
            namedTensors.get("decoder_shortcut.bias").fill_(0);
        }
        namedTensors.get("quant_conv.bias").narrow(0, c, c).fill_(INITIAL_LOG_VARIANCE);
    }

    /**
     * Trains into {@code folder}, resuming an earlier run.
     *
     * @param render the images of the i-th example, for the cache {@code images-SIZE-COUNT.bin} in the folder
     * @return the number of steps done
     */
    public static long run(Config config, Path folder, IntFunction<List<Image>> render, TrainingListener listener) {
        return run(config, folder, render, listener, DataParallel.SINGLE_PROCESS);
    }

    /** The same as one of several processes; the first one of each machine renders the images if they are missing. */
    public static long run(
            Config config,
            Path folder,
            IntFunction<List<Image>> render,
            TrainingListener listener,
            DataParallel dataParallel) {
        Path file = folder.resolve("images-%d-%d.bin"
                .formatted(config.data().imageSize(), config.data().images()));
        try (ImageCache imageCache = dataParallel.openOncePerMachine(() ->
                ImageCache.open(file, config.data().imageSize(), config.data().images(), render, listener))) {
            VaeTraining training = new VaeTraining(config, imageCache);
            Trainer trainer = new Trainer(
                    config.trainer(),
                    training.parameters,
                    training.new ReconstructionObjective(folder),
                    folder,
                    dataParallel);
            return trainer.run(listener);
        }
    }

    /** The mean over the held-out images of statistics [n] of batches [B, 3, s, s]. */
    private Tensor meanOverHeldOut(Function<Tensor, Tensor> statistics) {
        int count = config.data().heldOut(), first = config.data().images() - count;
        List<Tensor> sums = new ArrayList<>();
        for (int start = 0; start < count; start += VALIDATION_BATCH_SIZE) {
            int from = first + start, size = Math.min(VALIDATION_BATCH_SIZE, count - start);
            sums.add(Scope.scoped(() -> statistics
                    .apply(imageCache.batch(IntStream.range(from, from + size).toArray()))
                    .mul((double) size / count)));
        }
        return Tensor.stack(0, sums).sum(false, 0);
    }

    private final class ReconstructionObjective implements Trainer.Objective {

        private final Path folder;

        ReconstructionObjective(Path folder) {
            this.folder = folder;
        }

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            int offsets = config.data().imageSize() - config.data().cropSize() + 1;
            List<ImageCache.Crop> crops = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Rng rng = new Rng(config.seed(), firstSample + i);
                crops.add(new ImageCache.Crop(
                        rng.nextInt(config.data().images() - config.data().heldOut()),
                        rng.nextInt(offsets),
                        rng.nextInt(offsets),
                        rng.nextInt(2) == 1));
            }
            Tensor x = imageCache.crops(crops, config.data().cropSize()); // [B, 3, s, s]
            DiagonalGaussian moments =
                    model.latentDistribution(x.to(config.dtype())).to(DType.F32);
            Rng noiseSeeds = Rng.forName(config.seed(), "noise " + firstSample);
            long[] latentShape = moments.mean().shape();
            Tensor latents = moments.sample(Tensor.randn(noiseSeeds.nextLong(), latentShape));
            if (config.loss().latentNoise() > 0)
                latents = latents.add(
                        Tensor.randn(noiseSeeds.nextLong(), latentShape)
                                .mul(rootMeanSquare(moments.mean().detach())),
                        config.loss().latentNoise());
            Tensor reconstruction = model.decodeRaw(latents.to(config.dtype())).to(DType.F32);
            Tensor error = reconstruction.sub(x); // [B, 3, s, s]
            Tensor l1 = error.abs().mean(), squaredError = error.mul(error).mean();
            Tensor edgeLoss = finiteDifference(error, 2)
                    .abs()
                    .mean()
                    .add(finiteDifference(error, 3).abs().mean());
            Tensor klLoss = kl(moments);
            return new Trainer.Loss(
                    l1.add(squaredError, config.loss().squaredErrorWeight())
                            .add(edgeLoss, config.loss().edgeWeight())
                            .add(klLoss, config.loss().klWeight()),
                    Map.of("l1", l1, "squared_error", squaredError, "edges", edgeLoss, "kl", klLoss));
        }

        @Override
        public Map<String, Double> validate(long step, MetricsLog log) {
            double[] means = meanOverHeldOut(x -> {
                        DiagonalGaussian moments = model.latentDistribution(x);
                        Tensor error =
                                model.decodeRaw(moments.mean()).clamp(-1, 1).sub(x);
                        return Tensor.cat(
                                0, error.mul(error).mean().view(1), kl(moments).view(1), channelPowers(moments.mean()));
                    })
                    .toDoubleArray();
            double[] deviations =
                    Arrays.stream(means).skip(2).map(Math::sqrt).sorted().toArray();
            int first = config.data().images() - config.data().heldOut();
            Tensor x = imageCache.batch(IntStream.range(
                            first,
                            first
                                    + Math.min(
                                            VALIDATION_BATCH_SIZE, config.data().heldOut()))
                    .toArray());
            log.logImage(
                    step,
                    "reconstruction",
                    ImageGrid.rows(
                            x, model.decodeRaw(model.latentDistribution(x).mean())));
            return Map.of(
                    "held_out_psnr",
                    10 * Math.log10(4 / means[0]),
                    "held_out_kl",
                    means[1],
                    "latent_deviation",
                    Math.sqrt(Arrays.stream(means).skip(2).average().orElseThrow()),
                    "smallest_channel_deviation",
                    deviations[0],
                    "largest_channel_deviation",
                    deviations[deviations.length - 1]);
        }

        /** Writes the weights with the scaling factor that gives latents unit variance. */
        @Override
        public void export() {
            double deviation = Math.sqrt(meanOverHeldOut(
                            x -> channelPowers(model.latentDistribution(x).mean()))
                    .mean()
                    .item());
            AtomicFile.write(
                    folder.resolve(AutoencoderFolder.CONFIG_FILE),
                    Json.writePretty(config.model().withScalingFactor(1 / deviation)));
            SafeTensors.write(
                    folder.resolve(AutoencoderFolder.WEIGHTS_FILE),
                    Map.of("made_by", "mige train vae"),
                    namedTensors.entrySet().stream()
                            .map(e -> TrainingState.tensorData(e.getKey(), e.getValue(), DType.F32))
                            .toList());
        }

        private static Tensor finiteDifference(Tensor x, int axis) {
            long n = x.size(axis);
            return x.narrow(axis, 1, n - 1).sub(x.narrow(axis, 0, n - 1));
        }

        /** The mean square of each channel of latents [B, c, h, w]: [c]. */
        private static Tensor channelPowers(Tensor latents) {
            return latents.mul(latents).mean(false, 0, 2, 3);
        }

        private static Tensor rootMeanSquare(Tensor x) {
            return x.mul(x).mean().sqrt();
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

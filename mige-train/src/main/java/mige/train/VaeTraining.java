package mige.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Moments;
import mige.image.Picture;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.weights.Checkpoint;
import mige.weights.SafeTensors;
import mige.weights.Weights;

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
     * @param seed     of weights and crops
     * @param pictures pictures in the pool
     * @param heldOut  the last of them, kept for measuring
     * @param size     side of the pictures
     * @param crop     side of the crops, a multiple of the autoencoder's factor
     * @param edges    weight of the differences between neighbouring pixels
     * @param kl       weight of the distance from a standard normal latent
     * @param compute  F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param model    sizes of the autoencoder
     * @param plan     the loop
     */
    public record Config(long seed, int pictures, int heldOut, int size, int crop, double edges, double kl, DType compute,
                         AutoEncoder.Config model, Loop.Plan plan) {
        public Config {
            if (crop > size || crop % model.factor() != 0)
                throw new UsageException("crop %d must be a multiple of %d and at most the size %d", crop, model.factor(), size);
            compute = Loop.computing(compute);
            if (heldOut < 1 || heldOut >= pictures) throw new UsageException("heldOut %d must be from 1 to below pictures %d", heldOut, pictures);
        }
    }

    static final String WEIGHTS = "autoencoder.safetensors", CONFIG = "autoencoder.json";
    private static final int SHOWN = 16;
    private static final double FIRST_LOG_VARIANCE = -5;

    private final Config config;
    private final PicturePool pool;
    private final Map<String, Tensor> handedOut = new LinkedHashMap<>();
    private final AutoEncoder model;
    private final Parameters parameters;

    private VaeTraining(Config config, PicturePool pool) {
        this.config = config;
        this.pool = pool;
        model = new AutoEncoder(config.model(), Weights.fresh(config.seed()).recordingInto(handedOut));
        parameters = new Parameters(handedOut, key -> true);
        beCertain();
    }

    /** Starts with log variances near {@value #FIRST_LOG_VARIANCE}: at 0 the noise drowns the still small means for a long time. */
    private void beCertain() {
        int c = config.model().latentChannels();
        Tensor.withoutGradients(() -> handedOut.get("quant_conv.bias").narrow(0, c, c).fill_(FIRST_LOG_VARIANCE));
    }

    /**
     * Trains into {@code folder}, going on where an earlier run stopped.
     *
     * @param render the pictures of the i-th example of a corpus, for the pool {@code pictures-SIZE-COUNT.bin} in the folder
     * @return the steps done
     */
    public static long run(Config config, Path folder, IntFunction<List<Picture>> render, Watch watch) {
        return run(config, folder, render, watch, Crew.ALONE);
    }

    /** The same as one of a crew; the first of it renders the pictures while the others wait. */
    public static long run(Config config, Path folder, IntFunction<List<Picture>> render, Watch watch, Crew crew) {
        if (crew.rank() > 0) crew.meet();
        Path file = folder.resolve("pictures-%d-%d.bin".formatted(config.size(), config.pictures()));
        try (PicturePool pool = PicturePool.open(file, config.size(), config.pictures(), render, watch)) {
            if (crew.rank() == 0) crew.meet();
            VaeTraining training = new VaeTraining(config, pool);
            Loop loop = new Loop(config.plan(), training.parameters, training.new Reconstruction(), folder, crew);
            long steps = loop.run(watch);
            if (crew.rank() == 0) training.export(loop.average(), folder);
            return steps;
        }
    }

    /** Writes the averaged weights with the scale that gives latents unit variance. */
    private void export(Tensor average, Path folder) {
        parameters.with(average, () -> {
            double deviation = Scope.scoped(() -> Tensor.withoutGradients(() -> {
                Tensor mean = model.moments(pool.batch(heldOut(64))).mean();
                return Math.sqrt(mean.mul(mean).mean().item());
            }));
            AutoEncoder.Config m = config.model();
            Recipes.write(folder.resolve(CONFIG), new AutoEncoder.Config(m.latentChannels(), m.channels(), m.blocksPerLevel(), m.groups(), m.stem(), 1 / deviation));
            SafeTensors.write(folder.resolve(WEIGHTS), Map.of("made_by", "mige train vae"),
                    handedOut.entrySet().stream().map(e -> TrainingState.item(e.getKey(), e.getValue(), DType.F32)).toList());
        });
    }

    /** The autoencoder that {@link #run} left in a folder. */
    public static AutoEncoder load(Path folder) {
        return load(folder, new LinkedHashMap<>());
    }

    /** The same, noting its tensors by key. */
    static AutoEncoder load(Path folder, Map<String, Tensor> handedOut) {
        return new AutoEncoder(configOf(folder), Checkpoint.open(folder.resolve(WEIGHTS)).weights().recordingInto(handedOut));
    }

    /** Its configuration, with the measured scale. */
    public static AutoEncoder.Config configOf(Path folder) {
        try {
            return new com.fasterxml.jackson.databind.ObjectMapper().readValue(folder.resolve(CONFIG).toFile(), AutoEncoder.Config.class);
        } catch (java.io.IOException e) {
            throw new UsageException("%s holds no trained autoencoder (%s). Run `mige train vae` first.", folder, e.getMessage());
        }
    }

    private int[] heldOut(int most) {
        return IntStream.range(config.pictures() - config.heldOut(), config.pictures()).limit(most).toArray();
    }

    private final class Reconstruction implements Loop.Objective {

        @Override
        public Loop.Loss loss(long first, int count) {
            int side = config.crop(), pixels = 3 * side * side, cell = side / config.model().factor();
            int latent = config.model().latentChannels() * cell * cell;
            float[] crops = new float[count * pixels], chance = new float[count * latent];
            for (int i = 0; i < count; i++) {
                Rng rng = new Rng(config.seed(), first + i);
                int room = config.size() - side + 1;
                pool.crop(rng.nextInt(config.pictures() - config.heldOut()), rng.nextInt(room), rng.nextInt(room), side,
                        rng.nextInt(2) == 1, crops, i * pixels);
                System.arraycopy(rng.normals(latent), 0, chance, i * latent, latent);
            }
            Tensor x = Tensor.of(crops, count, 3, side, side);
            Moments moments = model.moments(x.to(config.compute())).to(DType.F32);
            Tensor drawn = moments.sample(Tensor.of(chance, count, config.model().latentChannels(), cell, cell));
            Tensor made = model.decodeRaw(drawn.to(config.compute())).to(DType.F32);
            Tensor off = made.sub(x);                                                            // [B, 3, s, s]
            Tensor plain = off.abs().mean();
            Tensor edges = difference(off, 2).abs().mean().add(difference(off, 3).abs().mean());
            Tensor kl = kl(moments);
            return new Loop.Loss(plain.addScaled(edges, config.edges()).addScaled(kl, config.kl()), Map.of("l1", plain, "edges", edges, "kl", kl));
        }

        @Override
        public void show(long step, Metrics metrics) {
            double square = 0, kl = 0, variance = 0;
            int[] all = heldOut(config.heldOut());
            for (int at = 0; at < all.length; at += SHOWN) {
                int[] some = java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + SHOWN));
                double[] figures = Scope.scoped(() -> {
                    Tensor x = pool.batch(some);
                    Moments moments = model.moments(x);
                    Tensor made = model.decodeRaw(moments.mean());
                    Tensor off = made.clamp(-1, 1).sub(x);
                    if (some[0] == all[0]) metrics.picture(step, "reconstruction", Sheet.rows(x, made));
                    return new double[] {off.mul(off).mean().item(), kl(moments).item(), moments.mean().mul(moments.mean()).mean().item()};
                });
                square += figures[0] * some.length / all.length;
                kl += figures[1] * some.length / all.length;
                variance += figures[2] * some.length / all.length;
            }
            metrics.note(step, Map.of("held_out_psnr", 10 * Math.log10(4 / square), "held_out_kl", kl, "latent_deviation", Math.sqrt(variance)));
        }

        private static Tensor difference(Tensor x, int axis) {
            long n = x.size(axis);
            return x.narrow(axis, 1, n - 1).sub(x.narrow(axis, 0, n - 1));
        }

        private static Tensor kl(Moments m) {
            return m.mean().mul(m.mean()).add(m.logVariance().exp()).sub(m.logVariance()).sub(1).mean().mul(0.5);
        }
    }
}

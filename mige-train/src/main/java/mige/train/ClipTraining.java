package mige.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import mige.data.Corpus;
import mige.data.Split;
import mige.image.Framing;
import mige.image.Picture;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.text.Tokenizer;
import mige.weights.SafeTensors;
import mige.weights.Weights;

/**
 * Trains a {@link ContrastivePair} on pictures and their captions.
 *
 * <pre>
 *   loss = ½ (cross entropy over rows + over columns) of  scale · pictures · textsᵀ          the diagonal is right
 * </pre>
 */
public final class ClipTraining {

    /**
     * @param seed     of weights, pool and order
     * @param split    splits of the corpus that the pool is drawn from in turn: TRAIN for the tower that MIGE sees with
     * @param pictures pictures in the pool
     * @param heldOut  the last of them, kept for measuring
     * @param size     side of the pool's pictures; each sample is a random square of them, seen at the tower's side
     * @param compute  F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param model    sizes of the towers
     * @param plan     the loop
     */
    public record Config(long seed, List<Split> split, int pictures, int heldOut, int size, DType compute, ContrastivePair.Config model,
                         Loop.Plan plan) {
        public Config {
            compute = Loop.computing(compute);
            if (size < model.vision().side()) throw new UsageException("size %d is below the tower's side %d", size, model.vision().side());
            if (heldOut < 2 || heldOut >= pictures) throw new UsageException("heldOut %d must be from 2 to below pictures %d", heldOut, pictures);
        }
    }

    private final Config config;
    private final CaptionedPool pool;
    private final Map<String, Tensor> handedOut = new LinkedHashMap<>();
    private final ContrastivePair model;
    private final Parameters parameters;

    private ClipTraining(Config config, Tokenizer tokenizer, CaptionedPool pool) {
        this.config = config;
        this.pool = pool;
        model = new ContrastivePair(config.model(), tokenizer, Weights.fresh(config.seed()).recordingInto(handedOut));
        parameters = new Parameters(handedOut, key -> true);
    }

    /** Trains into {@code folder}, going on where an earlier run stopped; the tokenizer's file is copied there. Returns the steps done. */
    public static long run(Config config, Path folder, byte[] vocabulary, java.util.function.Supplier<Corpus> corpus, Watch watch, Crew crew) {
        Function<Integer, List<CaptionedPool.Shown>> render = i ->
                CaptionedPool.of(corpus.get(), config.split().get(i % config.split().size()), config.seed(), i);
        return run(config, folder, vocabulary, render, watch, crew);
    }

    static long run(Config config, Path folder, byte[] vocabulary, Function<Integer, List<CaptionedPool.Shown>> render, Watch watch, Crew crew) {
        if (crew.rank() > 0) crew.meet();
        Path file = folder.resolve("pictures-%d-%d.bin".formatted(config.size(), config.pictures()));
        try (CaptionedPool pool = CaptionedPool.open(file, config.size(), config.pictures(), render::apply, watch)) {
            if (crew.rank() == 0) {
                Files.write(folder.resolve(ContrastivePair.VOCABULARY), vocabulary);
                crew.meet();
            }
            Tokenizer tokenizer = Tokenizer.read(vocabulary, ContrastivePair.VOCABULARY);
            if (tokenizer.size() > config.model().text().vocabulary())
                throw new UsageException("the vocabulary has %d pieces, the text tower has room for %d", tokenizer.size(), config.model().text().vocabulary());
            ClipTraining training = new ClipTraining(config, tokenizer, pool);
            Loop loop = new Loop(config.plan(), training.parameters, training.new Matching(), folder, crew);
            long steps = loop.run(watch);
            if (crew.rank() == 0) training.export(loop.average(), folder);
            return steps;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void export(Tensor average, Path folder) {
        Recipes.write(folder.resolve(ContrastivePair.CONFIG), config.model());
        parameters.with(average, () -> SafeTensors.write(folder.resolve(ContrastivePair.WEIGHTS), Map.of("made_by", "mige train clip"),
                handedOut.entrySet().stream().map(e -> TrainingState.item(e.getKey(), e.getValue(), DType.F32)).toList()));
    }

    private final class Matching implements Loop.Objective {

        @Override
        public Loop.Loss loss(long first, int count) {
            int side = config.model().vision().side(), pixels = 3 * side * side;
            float[] planes = new float[count * pixels];
            String[] captions = new String[count];
            IntStream.range(0, count).parallel().forEach(i -> {
                Rng rng = new Rng(config.seed(), first + i);
                int which = rng.nextInt(config.pictures() - config.heldOut());
                captions[i] = pool.caption(which);
                int square = side + rng.nextInt(config.size() - side + 1), room = config.size() - square + 1;
                Picture seen = pool.pictures().picture(which).crop(rng.nextInt(room), rng.nextInt(room), square, square);
                System.arraycopy(Framing.encoderPlanes(seen, side), 0, planes, i * pixels, pixels);
            });
            Tensor logits = model.logits(model.pictures(Tensor.of(planes, count, 3, side, side).to(config.compute())),
                    model.texts(List.of(captions), config.compute()));                                                           // [n, n]
            return new Loop.Loss(diagonal(logits.logSoftmax(1)).add(diagonal(logits.logSoftmax(0))).mul(-0.5), Map.of());
        }

        /** The mean of a square's diagonal. */
        private Tensor diagonal(Tensor square) {
            long n = square.size(0);
            return square.reshape(n * n).indexSelect(0, Tensor.range(n).mul(n + 1).to(DType.I64)).mean();
        }

        @Override
        public void show(long step, Metrics metrics) {
            List<Picture> pictures = new ArrayList<>();
            List<String> captions = new ArrayList<>();
            for (int i = config.pictures() - config.heldOut(); i < config.pictures(); i++) {
                if (captions.contains(pool.caption(i))) continue;
                pictures.add(pool.pictures().picture(i));
                captions.add(pool.caption(i));
            }
            Tensor logits = model.logits(model.pictures(pictures), model.texts(captions));
            metrics.note(step, Map.of("held_out_text_top1", right(logits, 1), "held_out_picture_top1", right(logits, 0), "held_out_pairs", (double) captions.size()));
        }

        private double right(Tensor logits, int axis) {
            long[] best = logits.argmax(axis).longs();
            return IntStream.range(0, best.length).filter(i -> best[i] == i).count() / (double) best.length;
        }
    }
}

package dev.mige4j.train;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.dataset.CaptionedImageCache;
import dev.mige4j.train.dataset.ImageCache;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Trains a {@link ClipModel} on images and their captions: the stages {@code clip} and {@code clip-eval}.
 *
 * <pre>
 *   loss = ½ (cross entropy over rows + over columns) of  scale · images · textsᵀ          the diagonal is correct
 * </pre>
 */
public final class ClipTraining {

    /** The configuration of the stage. */
    public record Config(
            @ConfigKey("seed of initial weights, examples and crops")
            long seed,

            @ConfigKey("images and captions") Data data,

            @ConfigKey(
                    "F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one on this machine")
            DType dtype,

            @ConfigKey("sizes of the two encoders and of their common space")
            ClipModel.Config model,

            @ConfigKey("the training loop") Trainer.Config trainer) {
        public Config {
            dtype = Trainer.resolveDtype(dtype);
            if (data.imageSize < model.vision().imageSize())
                throw new UsageException(
                        "data.imageSize is %d, expected at least model.vision.imageSize, %d.",
                        data.imageSize, model.vision().imageSize());
        }
    }

    /** Images and captions to train on. */
    public record Data(
            @ConfigKey("splits of the corpus that are used in turn; TRAIN alone for the vision encoder of a model")
            List<Split> splits,

            @ConfigKey("number of images, held-out ones included")
            int images,

            @ConfigKey("number of images at the end that are held out for validation")
            int heldOut,

            @ConfigKey(
                    "side of the images in pixels; samples are random squares of them, scaled to the vision encoder's"
                            + " size")
            int imageSize) {
        public Data {
            splits = List.copyOf(splits);
            if (heldOut < 2 || heldOut >= images)
                throw new UsageException(
                        "data.heldOut is %d, expected 2 to less than data.images, %d.", heldOut, images);
        }
    }

    private final Config config;
    private final CaptionedImageCache imageCache;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final ClipModel model;
    private final FlatParameters parameters;
    private final int[][] captionIds;

    private ClipTraining(Config config, Tokenizer tokenizer, CaptionedImageCache imageCache) {
        this.config = config;
        this.imageCache = imageCache;
        model = new ClipModel(
                config.model(), tokenizer, Weights.fresh(config.seed()).recordingInto(namedTensors));
        parameters = config.trainer().flatten(namedTensors, key -> true);
        captionIds = IntStream.range(0, config.data().images())
                .parallel()
                .mapToObj(i -> model.tokenize(imageCache.caption(i)))
                .toArray(int[][]::new);
    }

    /**
     * Trains into {@code folder}, resuming an earlier run; the tokenizer's file is copied there. Returns the number of
     * steps done.
     */
    public static long run(
            Config config,
            Path folder,
            byte[] vocabulary,
            Supplier<Corpus> corpus,
            TrainingListener listener,
            DataParallel dataParallel) {
        List<Split> splits = config.data().splits();
        CorpusRules[] rules = CorpusRules.values(); // in turn, so that the model knows references of both kinds
        Map<CorpusRules, Corpus> corpora = new ConcurrentHashMap<>();
        Function<Integer, List<CaptionedImageCache.CaptionedImage>> render = i -> CaptionedImageCache.fromCorpus(
                corpora.computeIfAbsent(rules[i / splits.size() % rules.length], r -> corpus.get()
                        .withMix(TaskMix.allTasks(r))),
                splits.get(i % splits.size()),
                config.seed(),
                i);
        return run(config, folder, vocabulary, render, listener, dataParallel);
    }

    static long run(
            Config config,
            Path folder,
            byte[] vocabulary,
            Function<Integer, List<CaptionedImageCache.CaptionedImage>> render,
            TrainingListener listener,
            DataParallel dataParallel) {
        Path file = folder.resolve("images-%d-%d.bin"
                .formatted(config.data().imageSize(), config.data().images()));
        try (CaptionedImageCache imageCache = dataParallel.openOncePerMachine(() -> CaptionedImageCache.open(
                file, config.data().imageSize(), config.data().images(), render::apply, listener))) {
            if (dataParallel.rank() == 0) AtomicFile.write(folder.resolve(ClipModel.VOCABULARY_FILE), vocabulary);
            Tokenizer tokenizer = Tokenizer.read(vocabulary, ClipModel.VOCABULARY_FILE);
            if (tokenizer.vocabularySize() > config.model().text().vocabularySize())
                throw new UsageException(
                        "The vocabulary has %d tokens, model.text.vocabularySize is %d.",
                        tokenizer.vocabularySize(), config.model().text().vocabularySize());
            ClipTraining training = new ClipTraining(config, tokenizer, imageCache);
            Trainer trainer = new Trainer(
                    config.trainer(),
                    training.parameters,
                    training.new ContrastiveObjective(folder),
                    folder,
                    dataParallel);
            return trainer.run(listener);
        }
    }

    private final class ContrastiveObjective implements Trainer.Objective {

        private final Path folder;

        ContrastiveObjective(Path folder) {
            this.folder = folder;
        }

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            int side = config.model().vision().imageSize();
            List<ImageCache.Crop> crops = new ArrayList<>();
            int[] cropSizes = new int[count];
            int[][] ids = new int[count][];
            for (int i = 0; i < count; i++) {
                Rng rng = new Rng(config.seed(), firstSample + i);
                int image = rng.nextInt(config.data().images() - config.data().heldOut());
                cropSizes[i] = side + rng.nextInt(config.data().imageSize() - side + 1);
                int offsets = config.data().imageSize() - cropSizes[i] + 1;
                crops.add(new ImageCache.Crop(image, rng.nextInt(offsets), rng.nextInt(offsets), false));
                ids[i] = captionIds[image];
            }
            Tensor pixelValues = ClipModel.normalizePixels(
                    imageCache.images().resizedCrops(crops, cropSizes, side)); // [n, 3, side, side]
            Tensor logits = model.logits(
                    model.encodeImages(pixelValues.to(config.dtype())),
                    model.encodeTokens(ids, config.dtype())); // [n, n]
            return new Trainer.Loss(
                    diagonalMean(logits.logSoftmax(1))
                            .add(diagonalMean(logits.logSoftmax(0)))
                            .mul(-0.5),
                    Map.of());
        }

        /** The mean of the diagonal of a square matrix. */
        private Tensor diagonalMean(Tensor matrix) {
            long n = matrix.size(0);
            return matrix.reshape(n * n)
                    .indexSelect(0, Tensor.arange(n).mul((double) (n + 1)).to(DType.I64))
                    .mean();
        }

        @Override
        public Map<String, Double> validate(long step, MetricsLog log) {
            List<Image> images = new ArrayList<>();
            List<String> captions = new ArrayList<>();
            for (int i = config.data().images() - config.data().heldOut();
                    i < config.data().images();
                    i++) {
                if (captions.contains(imageCache.caption(i))) continue;
                images.add(imageCache.images().image(i));
                captions.add(imageCache.caption(i));
            }
            Tensor logits = model.logits(model.encodeImages(images), model.encodeTexts(captions));
            return Map.of(
                    "held_out_text_top1",
                    top1Accuracy(logits, 1),
                    "held_out_image_top1",
                    top1Accuracy(logits, 0),
                    "held_out_pairs",
                    (double) captions.size());
        }

        private double top1Accuracy(Tensor logits, int axis) {
            long[] predicted = logits.argmax(axis).toLongArray();
            return IntStream.range(0, predicted.length)
                            .filter(i -> predicted[i] == i)
                            .count()
                    / (double) predicted.length;
        }

        @Override
        public void export() {
            AtomicFile.write(folder.resolve(ClipModel.CONFIG_FILE), Json.writePretty(config.model()));
            SafeTensors.write(
                    folder.resolve(ClipModel.WEIGHTS_FILE),
                    Map.of("made_by", "mige train clip"),
                    namedTensors.entrySet().stream()
                            .map(e -> TrainingState.tensorData(e.getKey(), e.getValue(), DType.F32))
                            .toList());
        }
    }
}

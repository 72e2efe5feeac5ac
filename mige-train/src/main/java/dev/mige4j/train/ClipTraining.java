package dev.mige4j.train;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.config.TrainConfigs;
import dev.mige4j.train.dataset.CaptionedImageCache;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
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

/**
 * Trains a {@link dev.mige4j.train.clip.ClipModel} on pictures and their captions.
 *
 * <pre>
 *   loss = ½ (cross entropy over rows + over columns) of  scale · pictures · textsᵀ          the diagonal is right
 * </pre>
 */
public final class ClipTraining {

    /**
     * @param seed of weights, pool and order
     * @param splits splits of the corpus that the pool is drawn from in turn: TRAIN for the tower that MIGE sees with
     * @param images pictures in the pool
     * @param heldOut the last of them, kept for measuring
     * @param imageSize side of the pool's pictures; each sample is a random square of them, seen at the tower's side
     * @param dtype F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param model sizes of the towers
     * @param trainer the loop
     */
    public record Config(
            long seed,
            List<Split> splits,
            int images,
            int heldOut,
            int imageSize,
            DType dtype,
            ClipModel.Config model,
            Trainer.Config trainer) {
        public Config {
            dtype = Trainer.resolveDtype(dtype);
            if (imageSize < model.vision().imageSize())
                throw new UsageException(
                        "size %d is below the tower's side %d",
                        imageSize, model.vision().imageSize());
            if (heldOut < 2 || heldOut >= images)
                throw new UsageException("heldOut %d must be from 2 to below pictures %d", heldOut, images);
        }
    }

    private final Config config;
    private final CaptionedImageCache imageCache;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final ClipModel model;
    private final FlatParameters parameters;

    private ClipTraining(Config config, Tokenizer tokenizer, CaptionedImageCache imageCache) {
        this.config = config;
        this.imageCache = imageCache;
        model = new ClipModel(
                config.model(), tokenizer, Weights.fresh(config.seed()).recordingInto(namedTensors));
        parameters = new FlatParameters(namedTensors, key -> true);
    }

    /**
     * Trains into {@code folder}, going on where an earlier run stopped; the tokenizer's file is copied there. Returns
     * the steps done.
     */
    public static long run(
            Config config,
            Path folder,
            byte[] vocabulary,
            java.util.function.Supplier<Corpus> corpus,
            TrainingListener listener,
            DataParallel dataParallel) {
        Function<Integer, List<CaptionedImageCache.CaptionedImage>> render = i -> CaptionedImageCache.fromCorpus(
                corpus.get(), config.splits().get(i % config.splits().size()), config.seed(), i);
        return run(config, folder, vocabulary, render, listener, dataParallel);
    }

    static long run(
            Config config,
            Path folder,
            byte[] vocabulary,
            Function<Integer, List<CaptionedImageCache.CaptionedImage>> render,
            TrainingListener listener,
            DataParallel dataParallel) {
        if (dataParallel.rank() > 0) dataParallel.barrier();
        Path file = folder.resolve("pictures-%d-%d.bin".formatted(config.imageSize(), config.images()));
        try (CaptionedImageCache imageCache =
                CaptionedImageCache.open(file, config.imageSize(), config.images(), render::apply, listener)) {
            if (dataParallel.rank() == 0) {
                Files.write(folder.resolve(ClipModel.VOCABULARY_FILE), vocabulary);
                dataParallel.barrier();
            }
            Tokenizer tokenizer = Tokenizer.read(vocabulary, ClipModel.VOCABULARY_FILE);
            if (tokenizer.vocabularySize() > config.model().text().vocabularySize())
                throw new UsageException(
                        "the vocabulary has %d pieces, the text tower has room for %d",
                        tokenizer.vocabularySize(), config.model().text().vocabularySize());
            ClipTraining training = new ClipTraining(config, tokenizer, imageCache);
            Trainer trainer = new Trainer(
                    config.trainer(), training.parameters, training.new ContrastiveObjective(), folder, dataParallel);
            long steps = trainer.run(listener);
            if (dataParallel.rank() == 0) training.export(trainer.emaWeights(), folder);
            return steps;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void export(Tensor emaWeights, Path folder) {
        TrainConfigs.writeJson(folder.resolve(ClipModel.CONFIG_FILE), config.model());
        parameters.withValues(
                emaWeights,
                () -> SafeTensors.write(
                        folder.resolve(ClipModel.WEIGHTS_FILE),
                        Map.of("made_by", "mige train clip"),
                        namedTensors.entrySet().stream()
                                .map(e -> TrainingState.tensorItem(e.getKey(), e.getValue(), DType.F32))
                                .toList()));
    }

    private final class ContrastiveObjective implements Trainer.Objective {

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            int side = config.model().vision().imageSize(), pixels = 3 * side * side;
            float[] planes = new float[count * pixels];
            String[] captions = new String[count];
            IntStream.range(0, count).parallel().forEach(i -> {
                Rng rng = new Rng(config.seed(), firstSample + i);
                int imageIndex = rng.nextInt(config.images() - config.heldOut());
                captions[i] = imageCache.caption(imageIndex);
                int cropSize = side + rng.nextInt(config.imageSize() - side + 1),
                        offsets = config.imageSize() - cropSize + 1;
                Image crop = imageCache
                        .images()
                        .image(imageIndex)
                        .crop(rng.nextInt(offsets), rng.nextInt(offsets), cropSize, cropSize);
                System.arraycopy(ImagePreprocessing.clipPlanes(crop, side), 0, planes, i * pixels, pixels);
            });
            Tensor logits = model.logits(
                    model.encodeImages(Tensor.of(planes, count, 3, side, side).to(config.dtype())),
                    model.encodeTexts(List.of(captions), config.dtype())); // [n, n]
            return new Trainer.Loss(
                    diagonalMean(logits.logSoftmax(1))
                            .add(diagonalMean(logits.logSoftmax(0)))
                            .mul(-0.5),
                    Map.of());
        }

        /** The mean of a square's diagonal. */
        private Tensor diagonalMean(Tensor matrix) {
            long n = matrix.size(0);
            return matrix.reshape(n * n)
                    .indexSelect(0, Tensor.arange(n).mul(n + 1).to(DType.I64))
                    .mean();
        }

        @Override
        public void validate(long step, MetricsLog log) {
            List<Image> images = new ArrayList<>();
            List<String> captions = new ArrayList<>();
            for (int i = config.images() - config.heldOut(); i < config.images(); i++) {
                if (captions.contains(imageCache.caption(i))) continue;
                images.add(imageCache.images().image(i));
                captions.add(imageCache.caption(i));
            }
            Tensor logits = model.logits(model.encodeImages(images), model.encodeTexts(captions));
            log.logScalars(
                    step,
                    Map.of(
                            "held_out_text_top1",
                            top1Accuracy(logits, 1),
                            "held_out_picture_top1",
                            top1Accuracy(logits, 0),
                            "held_out_pairs",
                            (double) captions.size()));
        }

        private double top1Accuracy(Tensor logits, int axis) {
            long[] predicted = logits.argmax(axis).toLongArray();
            return IntStream.range(0, predicted.length)
                            .filter(i -> predicted[i] == i)
                            .count()
                    / (double) predicted.length;
        }
    }
}

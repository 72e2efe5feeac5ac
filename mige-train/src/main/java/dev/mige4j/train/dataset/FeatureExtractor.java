package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Computes the features of examples that do not change in training: token ids, moments of latents, and outputs of the
 * frozen vision encoder.
 */
public final class FeatureExtractor implements FeatureCache.RecordSource {

    private final TrainingDataset dataset;
    private final Tokenizer tokenizer;
    private final FrozenEncoders encoders;
    private final ModelConfig model;
    private final int gridSize;
    private CompletableFuture<List<LoadedExample>> next; // those from nextFirst on
    private int nextFirst;

    /** @param gridSize patches along a side of an image, for the correspondence */
    public FeatureExtractor(TrainingDataset dataset, Tokenizer tokenizer, FrozenEncoders encoders, int gridSize) {
        this.dataset = dataset;
        this.tokenizer = tokenizer;
        this.encoders = encoders;
        this.gridSize = gridSize;
        model = encoders.config();
    }

    private List<LoadedExample> load(int first, int count) {
        return IntStream.range(first, first + count)
                .parallel()
                .mapToObj(this::load)
                .toList();
    }

    /** References are as the pipeline will show them; where that moves one, the correspondence is unknown. */
    private LoadedExample load(int index) {
        TrainingExample example = dataset.example(index);
        if (model.referenceNormalization() != null) example = normalizeReferences(example);
        return new LoadedExample(
                example,
                example.patchCorrespondence() == null
                        ? null
                        : example.patchCorrespondence().apply(gridSize));
    }

    private TrainingExample normalizeReferences(TrainingExample example) {
        boolean moved = false;
        List<ExampleImage> references = new ArrayList<>();
        for (ExampleImage reference : example.references()) {
            Image shown = reference.image(), normalized = model.normalizeReference(shown);
            boolean isMoved = reference != example.source() && !normalized.equals(shown);
            references.add(isMoved ? () -> normalized : reference);
            moved |= isMoved;
        }
        return moved ? example.withReferences(references) : example;
    }

    /** The distinct images of an example: target, source, references that are not the source. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record ImageList(List<ExampleImage> images, int sourceIndex, int[] referenceIndices) {
        static ImageList of(TrainingExample example) {
            List<ExampleImage> images = new ArrayList<>(List.of(example.target()));
            int source = example.source() == null ? -1 : 1;
            if (source == 1) images.add(example.source());
            int[] references = new int[example.references().size()];
            for (int r = 0; r < references.length; r++) {
                ExampleImage reference = example.references().get(r);
                if (reference == example.source()) {
                    references[r] = source;
                } else {
                    references[r] = images.size();
                    images.add(reference);
                }
            }
            return new ImageList(images, source, references);
        }
    }

    /** An example whose images are rendered or read, and its correspondence; null when that is unknown. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record LoadedExample(TrainingExample example, int[] correspondence) {}

    /** Computes on the networks' device; the examples of the following call are loaded meanwhile. */
    @Override
    public List<FeatureCache.FeatureRecord> extract(int first, int count, int end) {
        List<LoadedExample> loaded = next != null && nextFirst == first ? next.join() : load(first, count);
        nextFirst = first + count;
        int nextCount = Math.min(count, end - nextFirst);
        next = nextCount > 0 ? CompletableFuture.supplyAsync(() -> load(first + count, nextCount)) : null;
        List<TrainingExample> examples =
                loaded.stream().map(LoadedExample::example).toList();
        List<ImageList> imageLists = examples.stream().map(ImageList::of).toList();
        List<byte[]> moments =
                moments(imageLists.stream().flatMap(l -> l.images().stream()).toList());
        List<byte[]> visionFeatures = encoders.visionFeatures(examples.stream()
                .flatMap(e -> e.references().stream())
                .map(ExampleImage::image)
                .toList());
        List<FeatureCache.FeatureRecord> records = new ArrayList<>();
        int firstImage = 0, firstReference = 0;
        for (int i = 0; i < examples.size(); i++) {
            TrainingExample example = examples.get(i);
            ImageList images = imageLists.get(i);
            int nextImage = firstImage + images.images().size(),
                    nextReference = firstReference + images.referenceIndices().length;
            records.add(new FeatureCache.FeatureRecord(
                    example.group(),
                    example.task(),
                    images.sourceIndex(),
                    images.referenceIndices(),
                    example.prompt().segments().stream().map(tokenizer::encode).toList(),
                    loaded.get(i).correspondence(),
                    latentMask(example.mask()),
                    FrozenEncoders.concat(moments.subList(firstImage, nextImage)),
                    FrozenEncoders.concat(visionFeatures.subList(firstReference, nextReference))));
            firstImage = nextImage;
            firstReference = nextReference;
        }
        return records;
    }

    /** Moments of each image: those that the dataset stores, and those of all other images, computed in one batch. */
    private List<byte[]> moments(List<ExampleImage> images) {
        byte[][] moments = new byte[images.size()][];
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < moments.length; i++) {
            ExampleImage image = images.get(i);
            moments[i] = Scope.scoped(() -> storedMoments(image));
            if (moments[i] == null) missing.add(i);
        }
        List<byte[]> computed = encoders.moments(
                missing.stream().map(i -> atModelSize(images.get(i).image())).toList());
        for (int i = 0; i < computed.size(); i++) moments[missing.get(i)] = computed.get(i);
        return Arrays.asList(moments);
    }

    private byte[] storedMoments(ExampleImage image) {
        Optional<Tensor> stored = image.latentMoments();
        if (stored.isEmpty()) return null;
        int channels = 2 * model.autoencoder().latentChannels(), side = model.latentSize();
        stored.get().expect("stored latent moments", "[2c, h, w]", channels, side, side);
        return stored.get().to(DType.BF16).toByteArray();
    }

    private Image atModelSize(Image image) {
        int size = model.imageSize();
        return image.width() == size && image.height() == size
                ? image
                : ImagePreprocessing.centerCrop(image, size).image();
    }

    /** The mask's share of each latent cell, 0 to 255. */
    private byte[] latentMask(byte[] mask) {
        int side = model.latentSize(), size = model.imageSize(), cell = size / side;
        byte[] cells = new byte[side * side];
        if (mask == null) {
            Arrays.fill(cells, (byte) 255);
            return cells;
        }
        if (mask.length != size * size)
            throw new UsageException(
                    "The mask of an example has %d pixels, expected %d x %d.", mask.length, size, size);
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int sum = 0;
                for (int i = 0; i < cell * cell; i++)
                    sum += mask[(y * cell + i / cell) * size + x * cell + i % cell] & 255;
                cells[y * side + x] = (byte) (sum / (cell * cell));
            }
        }
        return cells;
    }
}

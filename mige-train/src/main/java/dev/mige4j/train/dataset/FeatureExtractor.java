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
        ImageList images = ImageList.of(example);
        return new LoadedExample(
                example,
                example.patchCorrespondence() == null
                        ? null
                        : example.patchCorrespondence().apply(gridSize),
                images,
                IntStream.range(0, images.images().size())
                        .mapToObj(i -> load(images.images().get(i), images.isReference(i)))
                        .toList());
    }

    /** Decodes an image once, and keeps it only in the sizes in which the networks read it. */
    private LoadedImage load(ExampleImage image, boolean isReference) {
        byte[] stored = Scope.scoped(() -> storedMoments(image));
        if (stored != null && !isReference) return new LoadedImage(stored, null, null);
        Image decoded = image.image();
        return new LoadedImage(
                stored,
                stored == null ? atModelSize(decoded) : null,
                isReference
                        ? ImagePreprocessing.clipPlanes(
                                decoded, model.encoder().vision().imageSize())
                        : null);
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

        boolean isReference(int image) {
            return Arrays.stream(referenceIndices).anyMatch(reference -> reference == image);
        }
    }

    /**
     * An image as the networks read it.
     *
     * @param storedMoments the moments that the dataset stores; null: they are computed from {@code atModelSize}
     * @param visionInput input of the vision encoder, for references
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record LoadedImage(byte[] storedMoments, Image atModelSize, float[] visionInput) {}

    /** An example, its images in the order of the list, and its correspondence; null when that is unknown. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record LoadedExample(
            TrainingExample example, int[] correspondence, ImageList list, List<LoadedImage> images) {}

    /** Computes on the networks' device; the examples of the following call are loaded meanwhile. */
    @Override
    public List<FeatureCache.FeatureRecord> extract(int first, int count, int end) {
        List<LoadedExample> loaded = next != null && nextFirst == first ? next.join() : load(first, count);
        nextFirst = first + count;
        int nextCount = Math.min(count, end - nextFirst);
        next = nextCount > 0 ? CompletableFuture.supplyAsync(() -> load(first + count, nextCount)) : null;
        List<byte[]> moments =
                moments(loaded.stream().flatMap(l -> l.images().stream()).toList());
        List<byte[]> visionFeatures = encoders.visionFeatures(loaded.stream()
                .flatMap(l -> Arrays.stream(l.list().referenceIndices())
                        .mapToObj(i -> l.images().get(i).visionInput()))
                .toList());
        List<FeatureCache.FeatureRecord> records = new ArrayList<>();
        int firstImage = 0, firstReference = 0;
        for (LoadedExample each : loaded) {
            TrainingExample example = each.example();
            ImageList images = each.list();
            int nextImage = firstImage + images.images().size(),
                    nextReference = firstReference + images.referenceIndices().length;
            records.add(new FeatureCache.FeatureRecord(
                    example.group(),
                    example.task(),
                    images.sourceIndex(),
                    images.referenceIndices(),
                    example.prompt().segments().stream().map(tokenizer::encode).toList(),
                    each.correspondence(),
                    latentMask(example.mask()),
                    FrozenEncoders.concat(moments.subList(firstImage, nextImage)),
                    FrozenEncoders.concat(visionFeatures.subList(firstReference, nextReference))));
            firstImage = nextImage;
            firstReference = nextReference;
        }
        return records;
    }

    /** Moments of each image: those that the dataset stores, and those of all other images, computed in one batch. */
    private List<byte[]> moments(List<LoadedImage> images) {
        byte[][] moments = new byte[images.size()][];
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < moments.length; i++) {
            moments[i] = images.get(i).storedMoments();
            if (moments[i] == null) missing.add(i);
        }
        List<byte[]> computed = encoders.moments(
                missing.stream().map(i -> images.get(i).atModelSize()).toList());
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

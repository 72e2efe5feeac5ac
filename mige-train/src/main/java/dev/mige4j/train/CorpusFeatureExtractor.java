package dev.mige4j.train;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.FrozenEncoders;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Draws examples of the corpus and computes what never changes in training: ids, moments of latents, the frozen tower's
 * features.
 */
final class CorpusFeatureExtractor implements FeatureCache.FeatureExtractor {

    private final Corpus corpus;
    private final long seed;
    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final FrozenEncoders encoders;

    CorpusFeatureExtractor(Corpus corpus, long seed, Tokenizer tokenizer, FrozenEncoders encoders) {
        this.corpus = corpus;
        this.seed = seed;
        this.config = encoders.config();
        this.tokenizer = tokenizer;
        this.encoders = encoders;
    }

    /** Where a record's pictures stand among those of its group. */
    private record ImageIndices(
            Example example, int firstImage, int imageCount, int sourceIndex, int[] referenceIndices) {}

    @Override
    public List<byte[]> extract(int first, int count) {
        List<Example> examples = IntStream.range(first, first + count)
                .parallel()
                .mapToObj(i -> corpus.example(Split.TRAIN, seed, i))
                .toList();
        List<Image> images = new ArrayList<>(), referenceImages = new ArrayList<>();
        List<ImageIndices> indices = new ArrayList<>();
        for (Example example : examples) indices.add(collectImages(example, images, referenceImages));
        List<byte[]> moments = encoders.moments(images), visionFeatures = encoders.visionFeatures(referenceImages);
        List<byte[]> records = new ArrayList<>();
        int offset = 0;
        for (ImageIndices p : indices) {
            records.add(FeatureCache.encode(
                    p.example.spec().kind(),
                    p.imageCount,
                    p.sourceIndex,
                    p.referenceIndices,
                    tokenIds(p.example),
                    latentMask(p.example),
                    FrozenEncoders.concat(moments.subList(p.firstImage, p.firstImage + p.imageCount)),
                    FrozenEncoders.concat(visionFeatures.subList(offset, offset + p.referenceIndices.length))));
            offset += p.referenceIndices.length;
        }
        return records;
    }

    private static ImageIndices collectImages(Example example, List<Image> images, List<Image> referenceImages) {
        int firstImage = images.size();
        images.add(example.target());
        int sourceIndex = example.source().isPresent() ? 1 : -1;
        example.source().ifPresent(images::add);
        int[] referenceIndices = new int[example.references().size()];
        for (int r = 0; r < referenceIndices.length; r++) {
            Image reference = example.references().get(r);
            referenceImages.add(reference);
            if (sourceIndex == 1 && reference.equals(example.source().get())) referenceIndices[r] = sourceIndex;
            else {
                referenceIndices[r] = images.size() - firstImage;
                images.add(reference);
            }
        }
        return new ImageIndices(example, firstImage, images.size() - firstImage, sourceIndex, referenceIndices);
    }

    /** The instruction as the pipeline prepares it for inference. */
    private List<int[]> tokenIds(Example example) {
        Prompt prompt = config.prompts()
                .defaultPrompt(task(example))
                .truncate(
                        text -> tokenizer.encode(text).length,
                        config.encoder().qFormer().numQueries(),
                        config.encoder().maxLength());
        return prompt.segments().stream().map(tokenizer::encode).toList();
    }

    static Task task(Example example) {
        Instruction instruction = new Instruction(example.instruction(), example.references());
        return switch (example.task()) {
            case "subject" -> new SubjectGeneration(instruction);
            case "edit" -> new InstructionEdit(instruction, example.source().orElseThrow());
            default -> new SubjectEdit(instruction, example.source().orElseThrow());
        };
    }

    /** The mask's share of each latent cell, 0 to 255. */
    private byte[] latentMask(Example example) {
        int side = config.latentSize(), cell = config.imageSize() / side, size = config.imageSize();
        byte[] cells = new byte[side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int sum = 0;
                for (int i = 0; i < cell * cell; i++)
                    sum += example.mask()[(y * cell + i / cell) * size + x * cell + i % cell] & 255;
                cells[y * side + x] = (byte) (sum / (cell * cell));
            }
        }
        return cells;
    }
}

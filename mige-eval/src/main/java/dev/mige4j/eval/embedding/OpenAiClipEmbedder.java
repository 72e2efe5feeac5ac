package dev.mige4j.eval.embedding;

import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.LoadReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** An {@link Embedder} that runs an {@link OpenAiClip} in batches: the embeddings of CLIP-I, CLIP-T and CLIPdir. */
public final class OpenAiClipEmbedder implements Embedder {

    private final OpenAiClip clip;
    private final LoadReport report;
    private final Function<String, int[]> tokenizer;
    private final ImageTransform transform;
    private final String name;

    private OpenAiClipEmbedder(OpenAiClip.Loaded loaded, ClipTextPreparation preparation, String name) {
        boolean openAi = preparation == ClipTextPreparation.OPENAI;
        int imageSize = loaded.clip().config().imageSize();
        clip = loaded.clip();
        report = loaded.report();
        ClipTokenizer ids = new ClipTokenizer(preparation);
        tokenizer = openAi ? ids::encodeWithoutTruncation : ids::encode;
        transform = openAi ? ImageTransform.clipOpenAi(imageSize) : ImageTransform.clip(imageSize);
        this.name = openAi ? name + "-openai" : name;
    }

    /** Opens a model that {@link OpenAiClip#open} can read, with the preprocessing of MIGE's evaluation. */
    public static OpenAiClipEmbedder open(Path folderOrFile) {
        return open(folderOrFile, ClipTextPreparation.HUB);
    }

    /**
     * Opens a model that {@link OpenAiClip#open} can read.
     *
     * @param preparation whose preprocessing is used, of images too: that of the hub, as in MIGE's evaluation, or that
     *     of openai/CLIP, as in MagicBrush's, which refuses texts that the hub cuts
     * @throws WeightsException also when the model, or a vocabulary file in its folder, does not fit OpenAI's tokenizer
     */
    public static OpenAiClipEmbedder open(Path folderOrFile, ClipTextPreparation preparation) {
        if (Files.isDirectory(folderOrFile)) ClipVocabulary.requireSame(folderOrFile);
        OpenAiClip.Loaded loaded = OpenAiClip.open(folderOrFile);
        ClipConfig config = loaded.clip().config();
        requireAtLeast(folderOrFile, "a vocabulary of %d tokens", config.vocabularySize(), ClipTokenizer.END + 1);
        requireAtLeast(folderOrFile, "%d positions for text", config.maxTokens(), ClipTokenizer.CONTEXT_LENGTH);
        if (config.endId() != ClipConfig.LARGEST_ID && config.endId() != ClipTokenizer.END)
            throw new WeightsException(
                    "%s: has the eos_token_id %d, expected %d, or %d as in the published configuration.",
                    folderOrFile, config.endId(), ClipTokenizer.END, ClipConfig.LARGEST_ID);
        return new OpenAiClipEmbedder(loaded, preparation, WeightsHash.of(folderOrFile));
    }

    private static void requireAtLeast(Path model, String found, int size, int minimum) {
        if (size < minimum)
            throw new WeightsException(
                    "%s: has %s, expected at least %d, as OpenAI's tokenizer needs.",
                    model, found.formatted(size), minimum);
    }

    @Override
    public Optional<LoadReport> loadReport() {
        return Optional.of(report);
    }

    @Override
    public Image prepare(Image image) {
        return transform.resizeAndCrop(image);
    }

    @Override
    public List<float[]> embedPrepared(List<Image> prepared) {
        return EmbeddingBatches.embed(prepared, batch -> clip.encodeImages(transform.normalize(batch)));
    }

    @Override
    public List<float[]> embedTexts(List<String> texts) {
        return EmbeddingBatches.embed(texts, batch -> clip.encodeTexts(toIds(batch)));
    }

    /** The ids of texts, padded with 0 to the longest: [N, L]. */
    private Tensor toIds(List<String> texts) {
        List<int[]> ids = texts.stream().map(tokenizer).toList();
        int length = ids.stream().mapToInt(row -> row.length).max().orElseThrow();
        int[] padded = new int[ids.size() * length];
        for (int i = 0; i < ids.size(); i++) System.arraycopy(ids.get(i), 0, padded, i * length, ids.get(i).length);
        return Tensor.of(padded, ids.size(), length);
    }

    /** The first 16 digits of the SHA-256 of the weights, and {@code -openai} with openai/CLIP's preprocessing. */
    @Override
    public String name() {
        return name;
    }
}

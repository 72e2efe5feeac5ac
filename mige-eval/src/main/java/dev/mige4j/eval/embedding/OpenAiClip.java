package dev.mige4j.eval.embedding;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * CLIP of OpenAI with a vision transformer, such as ViT-B/32: an image and its caption have similar embeddings. All of
 * it computes in float32.
 *
 * <pre>
 *   image = Wv · vision(x)        text = Wt · text(ids)        logits = exp(scale) · unit(image) unit(text)ᵀ
 * </pre>
 *
 * <p>Source: CLIP, arXiv 2103.00020; docs/specification/evaluation.md section 2. Keys are those of the hub;
 * {@link OpenAiClipWeights} reads OpenAI's.
 */
public final class OpenAiClip {

    private static final String HUB_KEY = "vision_model.embeddings.class_embedding",
            OPENAI_KEY = "visual.class_embedding";

    private final ClipConfig config;
    private final ClipVisionTower vision;
    private final ClipTextTower text;
    private final Linear visualProjection, textProjection;
    private final Tensor logitScale;

    public OpenAiClip(ClipConfig config, Weights weights) {
        int p = config.projectionWidth();
        this.config = config;
        vision = new ClipVisionTower(config, weights.at("vision_model"));
        text = new ClipTextTower(config, weights.at("text_model"));
        visualProjection = Linear.withoutBias(
                weights.at("visual_projection"), config.vision().width(), p);
        textProjection =
                Linear.withoutBias(weights.at("text_projection"), config.text().width(), p);
        logitScale = weights.get("logit_scale", (rng, shape) -> Tensor.full(Math.log(1 / 0.07), shape));
    }

    /**
     * A model and what was read of its files.
     *
     * @param report keys that were used, and names in the files that the model does not use
     */
    public record Loaded(OpenAiClip clip, LoadReport report) {}

    /**
     * Opens a model by the names of its tensors: a folder of the hub with {@code config.json} and weights, or a file of
     * OpenAI, either the TorchScript archive ({@code ViT-B-32.pt}) or a state dict.
     *
     * @throws WeightsException when files are missing or damaged, or when the model lacks a tensor or has another shape
     */
    public static Loaded open(Path folderOrFile) {
        Checkpoint checkpoint = Checkpoint.open(Checkpoint.LoadDType.FLOAT32, folderOrFile);
        boolean complete = false;
        try {
            Loaded loaded = load(checkpoint, folderOrFile);
            complete = true;
            return loaded;
        } finally {
            if (!complete) checkpoint.close();
        }
    }

    private static Loaded load(Checkpoint checkpoint, Path folderOrFile) {
        boolean openAi = checkpoint.has(OPENAI_KEY);
        if (!openAi && !checkpoint.has(HUB_KEY))
            throw new WeightsException(
                    "%s: has no tensor '%s' (hub) or '%s' (OpenAI), expected a CLIP model with a vision transformer, "
                            + "such as openai/clip-vit-base-patch32.",
                    folderOrFile, HUB_KEY, OPENAI_KEY);
        ClipConfig config = openAi ? ClipConfig.ofOpenAi(checkpoint) : ClipConfig.read(configOf(folderOrFile));
        UnaryOperator<Weights> byHubKey = openAi ? OpenAiClipWeights::of : weights -> weights;
        ShapeRecorder shapes = new ShapeRecorder();
        new OpenAiClip(config, byHubKey.apply(shapes.weights()));
        LoadReport report = checkpoint.compare(shapes).requireComplete();
        return new Loaded(new OpenAiClip(config, byHubKey.apply(checkpoint.weights())), report);
    }

    private static Path configOf(Path folderOrFile) {
        Path config = Files.isDirectory(folderOrFile)
                ? folderOrFile.resolve("config.json")
                : folderOrFile.resolveSibling("config.json");
        if (!Files.exists(config))
            throw new WeightsException(
                    "%s: there is no such file, and the weights of the hub need it; download it too.", config);
        return config;
    }

    /** The sizes. */
    public ClipConfig config() {
        return config;
    }

    /** The vision transformer. */
    public ClipVisionTower vision() {
        return vision;
    }

    /** The text transformer. */
    public ClipTextTower text() {
        return text;
    }

    /** Normalised images [N, 3, H, W] to embeddings [N, P], which are not normalised. */
    public Tensor encodeImages(Tensor images) {
        return visualProjection.forward(vision.forward(images));
    }

    /** Token ids [N, L], int64, to embeddings [N, P], which are not normalised. */
    public Tensor encodeTexts(Tensor ids) {
        return textProjection.forward(text.forward(ids));
    }

    /** Scaled cosine similarities [N, M] of embeddings of images [N, P] and texts [M, P]. */
    public Tensor logits(Tensor imageEmbeddings, Tensor textEmbeddings) {
        return imageEmbeddings
                .normalize()
                .matmul(textEmbeddings.normalize().transpose(0, 1))
                .mul(logitScale.exp());
    }
}

package dev.mige4j.eval.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.nio.file.Path;

/**
 * Sizes of an {@link OpenAiClip}.
 *
 * @param imageSize height and width of the images in pixels
 * @param patchSize side of a patch in pixels
 * @param maxTokens the most ids of a text
 * @param endId the id whose first position is pooled; {@value #LARGEST_ID} pools the first position of the largest id
 * @param projectionWidth width of the embeddings
 */
public record ClipConfig(
        Tower vision,
        int imageSize,
        int patchSize,
        Tower text,
        int vocabularySize,
        int maxTokens,
        int endId,
        int projectionWidth) {

    /**
     * Sizes of one tower.
     *
     * @param mlpWidth hidden width of the MLPs
     * @param depth number of layers
     * @param heads attention heads; they divide the width
     * @param eps of the norms
     */
    public record Tower(int width, int mlpWidth, int depth, int heads, double eps) {}

    /**
     * The {@code eos_token_id} of the published configuration. It is not the id of the end token, and it means that the
     * largest id is.
     */
    public static final int LARGEST_ID = 2;

    /** The published ViT-B/32. */
    public static final ClipConfig VIT_B_32 = new ClipConfig(
            new Tower(768, 3072, 12, 12, 1e-5), 224, 32, new Tower(512, 2048, 12, 8, 1e-5), 49408, 77, LARGEST_ID, 512);

    private static final int MAX_SIZE = 1 << 16, MAX_DEPTH = 1000, OPENAI_HEAD_WIDTH = 64;

    /** The number of tokens of an image: its patches and the class token. */
    public long imageTokens() {
        long grid = imageSize / patchSize;
        return grid * grid + 1;
    }

    /**
     * Reads the {@code config.json} of a hub folder; a size that it leaves out is that of ViT-B/32.
     *
     * @throws dev.mige4j.common.UsageException when the file is missing or is not JSON
     * @throws WeightsException when a value is impossible or not supported
     */
    public static ClipConfig read(Path file) {
        return of(Json.read(file), file.toString());
    }

    /** As {@link #read}, from the content of a file; {@code name} identifies it in error messages. */
    public static ClipConfig of(JsonNode config, String name) {
        return new HubFile(config, name).config();
    }

    /** The values of a {@code config.json}. */
    private record HubFile(JsonNode root, String name) {

        ClipConfig config() {
            if (!root.isObject())
                throw new WeightsException(
                        "%s: holds no JSON object, expected the configuration of a CLIP model.", name);
            JsonNode vision = root.path("vision_config"), text = root.path("text_config");
            ClipConfig config = new ClipConfig(
                    tower("vision_config", vision, VIT_B_32.vision),
                    size("vision_config.image_size", vision, VIT_B_32.imageSize, MAX_SIZE),
                    size("vision_config.patch_size", vision, VIT_B_32.patchSize, MAX_SIZE),
                    tower("text_config", text, VIT_B_32.text),
                    size("text_config.vocab_size", text, VIT_B_32.vocabularySize, MAX_SIZE),
                    size("text_config.max_position_embeddings", text, VIT_B_32.maxTokens, MAX_SIZE),
                    size("text_config.eos_token_id", text, VIT_B_32.endId, Integer.MAX_VALUE),
                    size("projection_dim", root, VIT_B_32.projectionWidth, MAX_SIZE));
            if (config.patchSize > config.imageSize)
                throw invalid("vision_config.patch_size", config.patchSize, "at most image_size " + config.imageSize);
            return config;
        }

        private Tower tower(String tower, JsonNode node, Tower defaults) {
            JsonNode activation = node.path("hidden_act");
            if (activation.isTextual() && !activation.asText().equals("quick_gelu"))
                throw invalid(tower + ".hidden_act", activation, "quick_gelu, the activation of OpenAI's models");
            int width = size(tower + ".hidden_size", node, defaults.width, MAX_SIZE),
                    heads = size(tower + ".num_attention_heads", node, defaults.heads, MAX_SIZE);
            if (width % heads != 0)
                throw invalid(tower + ".num_attention_heads", heads, "a divisor of hidden_size " + width);
            JsonNode eps = present(node.path("layer_norm_eps"));
            if (!eps.isMissingNode() && !(eps.isNumber() && eps.asDouble() >= 0 && eps.asDouble() < 1))
                throw invalid(tower + ".layer_norm_eps", eps, "a number from 0 to 1");
            return new Tower(
                    width,
                    size(tower + ".intermediate_size", node, defaults.mlpWidth, MAX_SIZE),
                    size(tower + ".num_hidden_layers", node, defaults.depth, MAX_DEPTH),
                    heads,
                    eps.asDouble(defaults.eps));
        }

        /** The number of this key, whose last part is its name in {@code node}. */
        private int size(String key, JsonNode node, int defaultValue, int max) {
            JsonNode value = present(node.path(key.substring(key.lastIndexOf('.') + 1)));
            if (value.isMissingNode()) return defaultValue;
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1 || value.asInt() > max)
                throw invalid(key, value, "a whole number from 1 to " + max);
            return value.asInt();
        }

        private static JsonNode present(JsonNode value) {
            return value.isNull() ? MissingNode.getInstance() : value;
        }

        private WeightsException invalid(String key, Object value, String expected) {
            return new WeightsException(
                    "%s: %s is %s, expected %s.", name, key, TensorFile.sanitize(value.toString()), expected);
        }
    }

    /**
     * The sizes that the tensors of an OpenAI state dict show; heads are 64 wide.
     *
     * @throws WeightsException when a tensor is missing or has another number of axes
     */
    static ClipConfig ofOpenAi(Checkpoint checkpoint) {
        int patch = size(checkpoint, "visual.conv1.weight", 4, 3),
                grid = (int) Math.round(Math.sqrt(size(checkpoint, "visual.positional_embedding", 2, 0) - 1.0));
        return new ClipConfig(
                openAiTower(checkpoint, "visual.transformer", size(checkpoint, "visual.conv1.weight", 4, 0)),
                patch * Math.max(1, grid),
                patch,
                openAiTower(checkpoint, "transformer", size(checkpoint, "ln_final.weight", 1, 0)),
                size(checkpoint, "token_embedding.weight", 2, 0),
                size(checkpoint, "positional_embedding", 2, 0),
                LARGEST_ID,
                size(checkpoint, "text_projection", 2, 1));
    }

    private static Tower openAiTower(Checkpoint checkpoint, String name, int width) {
        if (width % OPENAI_HEAD_WIDTH != 0)
            throw new WeightsException(
                    "%s: the tensors of '%s' are %d wide, expected a multiple of %d, the width of OpenAI's heads.",
                    checkpoint.files().get(0).path().getFileName(), name, width, OPENAI_HEAD_WIDTH);
        int depth = 0;
        while (depth < MAX_DEPTH && hasLayer(checkpoint, name + ".resblocks." + depth)) depth++;
        return new Tower(
                width,
                size(checkpoint, name + ".resblocks.0.mlp.c_fc.weight", 2, 0),
                depth,
                width / OPENAI_HEAD_WIDTH,
                VIT_B_32.vision.eps);
    }

    /** Whether there is a layer, be it incomplete: what it lacks is reported when it is loaded. */
    private static boolean hasLayer(Checkpoint checkpoint, String layer) {
        return checkpoint.has(layer + ".ln_1.weight") || checkpoint.has(layer + ".mlp.c_fc.weight");
    }

    private static int size(Checkpoint checkpoint, String key, int axes, int axis) {
        long[] shape = checkpoint.tensorInfo(key).shape();
        if (shape.length != axes || shape[axis] < 1 || shape[axis] > MAX_SIZE)
            throw new WeightsException(
                    "%s: tensor '%s' has the shape %s, expected %d axes of at most %d; the file is no CLIP model.",
                    checkpoint.files().get(0).path().getFileName(), key, TensorInfo.formatShape(shape), axes, MAX_SIZE);
        return (int) shape[axis];
    }
}

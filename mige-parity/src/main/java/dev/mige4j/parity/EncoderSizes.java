package dev.mige4j.parity;

import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.FeatureFusion;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.encoder.QFormer;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the configurations of the encoder's components from the shapes of their weights. Except in T5, the number of
 * heads does not appear in shapes; it comes from the golden's metadata, else from the published head width.
 */
final class EncoderSizes {

    private static final Pattern HEADS_TEXT = Pattern.compile("(\\d+) heads");

    private final Map<String, long[]> shapes;

    EncoderSizes(Map<String, long[]> shapes) {
        this.shapes = shapes;
    }

    static EncoderSizes of(Golden golden) {
        return new EncoderSizes(golden.weightShapes());
    }

    /**
     * The number of heads: the config value {@code key}, else from the golden's description, else {@code defaultHeads}.
     */
    static int heads(Golden golden, String key, int defaultHeads) {
        int configured = golden.configInt(key, 0);
        if (configured > 0) return configured;
        Matcher description = HEADS_TEXT.matcher(golden.metadata("what").asText(""));
        return description.find() ? Integer.parseInt(description.group(1)) : defaultHeads;
    }

    boolean has(String key) {
        return shapes.containsKey(key);
    }

    /** The size of a weight along an axis. */
    int dim(String key, int axis) {
        long[] shape = shapes.get(key);
        if (shape == null)
            throw new WeightsException("The golden has no weight '" + key + "', which determines a size.");
        if (axis >= shape.length)
            throw new WeightsException(
                    "The weight '" + key + "' has " + shape.length + " axes, expected more than " + axis + ".");
        return Math.toIntExact(shape[axis]);
    }

    /** The number of different indices that follow {@code prefix} in the keys. */
    int countIndices(String prefix) {
        return (int) shapes.keySet().stream()
                .filter(k -> k.startsWith(prefix))
                .map(k -> k.substring(prefix.length()).split("\\.", 2)[0])
                .distinct()
                .count();
    }

    /** The lowest index that follows {@code prefix} in the keys. */
    int lowestIndex(String prefix) {
        return shapes.keySet().stream()
                .filter(k -> k.startsWith(prefix))
                .mapToInt(k -> Integer.parseInt(k.substring(prefix.length()).split("\\.", 2)[0]))
                .min()
                .orElseThrow(() -> new WeightsException("The golden has no weights under '" + prefix + "'."));
    }

    VisionTransformer.Config visionConfig(int heads) {
        String prefix = "visual_encoder.", block = prefix + "blocks." + lowestIndex(prefix + "blocks.");
        int width = dim(block + ".norm1.weight", 0),
                hidden = dim(block + ".mlp.fc1.weight", 0),
                depth = countIndices(prefix + "blocks.");
        if (!has(prefix + "pos_embed"))
            return new VisionTransformer.Config(1, 1, width, heads, depth, hidden); // a single block
        int patch = dim(prefix + "patch_embed.proj.weight", 3);
        int patchesPerSide = (int) Math.round(Math.sqrt(dim(prefix + "pos_embed", 1) - 1));
        return new VisionTransformer.Config(patchesPerSide * patch, patch, width, heads, depth, hidden);
    }

    int visionWidth() {
        return dim("visual_encoder.blocks." + lowestIndex("visual_encoder.blocks.") + ".norm1.weight", 0);
    }

    QFormer.Config qformerConfig(int heads, int queries) {
        String layers = "Qformer.bert.encoder.layer.", layer = layers + "0.";
        int depth = countIndices(layers), crossAttentionInterval = 1;
        while (crossAttentionInterval < depth
                && !has(layers + crossAttentionInterval + ".crossattention.self.key.weight")) crossAttentionInterval++;
        return new QFormer.Config(
                dim("Qformer.bert.embeddings.LayerNorm.weight", 0),
                heads,
                depth,
                dim(layer + "intermediate_query.dense.weight", 0),
                queries,
                dim(layer + "crossattention.self.key.weight", 1),
                crossAttentionInterval);
    }

    FeatureFusion.Config fusionConfig(int heads) {
        return new FeatureFusion.Config(dim("FFM.q_proj_1.weight", 0), dim("FFM.k_proj_1.0.weight", 1), heads);
    }

    T5Encoder.Config t5Config(int maxDistance) {
        String block = "t5_model.encoder.block.0.layer.",
                bias = block + "0.SelfAttention.relative_attention_bias.weight";
        int heads = dim(bias, 1);
        return new T5Encoder.Config(
                dim(block + "0.layer_norm.weight", 0),
                heads,
                dim(block + "0.SelfAttention.q.weight", 0) / heads,
                dim(block + "1.DenseReluDense.wi_0.weight", 0),
                countIndices("t5_model.encoder.block."),
                has("t5_model.shared.weight") ? dim("t5_model.shared.weight", 0) : 1,
                dim(bias, 0),
                maxDistance);
    }

    MultimodalEncoder.Config encoderConfig(
            int visionHeads,
            int queryHeads,
            int fusionHeads,
            int maxDistance,
            int maxLength,
            int slots,
            int latentChannels) {
        return new MultimodalEncoder.Config(
                visionConfig(visionHeads),
                qformerConfig(queryHeads, dim("query_tokens", 1)),
                fusionConfig(fusionHeads),
                t5Config(maxDistance),
                maxLength,
                slots,
                latentChannels);
    }
}

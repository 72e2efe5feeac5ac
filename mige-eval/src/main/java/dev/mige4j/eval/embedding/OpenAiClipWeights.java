package dev.mige4j.eval.embedding;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The weights of a CLIP model by the keys of the hub, from a state dict of OpenAI: other names, the projections of
 * queries, keys and values stacked by rows, and the projections of the embeddings transposed. The tensors are views.
 * Source: docs/specification/evaluation.md section 2.
 */
public final class OpenAiClipWeights implements Weights.Source {

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("logit_scale", "logit_scale"),
            Map.entry("vision_model.embeddings.class_embedding", "visual.class_embedding"),
            Map.entry("vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
            Map.entry("vision_model.embeddings.patch_embedding.weight", "visual.conv1.weight"),
            Map.entry("vision_model.pre_layrnorm.weight", "visual.ln_pre.weight"),
            Map.entry("vision_model.pre_layrnorm.bias", "visual.ln_pre.bias"),
            Map.entry("vision_model.post_layernorm.weight", "visual.ln_post.weight"),
            Map.entry("vision_model.post_layernorm.bias", "visual.ln_post.bias"),
            Map.entry("visual_projection.weight", "visual.proj"),
            Map.entry("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
            Map.entry("text_model.embeddings.position_embedding.weight", "positional_embedding"),
            Map.entry("text_model.final_layer_norm.weight", "ln_final.weight"),
            Map.entry("text_model.final_layer_norm.bias", "ln_final.bias"),
            Map.entry("text_projection.weight", "text_projection"));

    private static final Pattern LAYER =
            Pattern.compile("(vision|text)_model\\.encoder\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

    private static final Map<String, String> LAYER_PARTS = Map.of(
            "self_attn.q_proj", "attn.in_proj_",
            "self_attn.k_proj", "attn.in_proj_",
            "self_attn.v_proj", "attn.in_proj_",
            "self_attn.out_proj", "attn.out_proj.",
            "layer_norm1", "ln_1.",
            "layer_norm2", "ln_2.",
            "mlp.fc1", "mlp.c_fc.",
            "mlp.fc2", "mlp.c_proj.");

    private final Weights stateDict;

    private OpenAiClipWeights(Weights stateDict) {
        this.stateDict = stateDict;
    }

    /**
     * The same weights by the keys of the hub.
     *
     * @param stateDict by OpenAI's names
     */
    public static Weights of(Weights stateDict) {
        return Weights.from(new OpenAiClipWeights(stateDict));
    }

    /** OpenAI's name of the tensor that has a key of the hub; null if there is none. */
    private static String name(String key) {
        Matcher layer = LAYER.matcher(key);
        if (!layer.matches()) return NAMES.get(key);
        String part = LAYER_PARTS.get(layer.group(3));
        String tower = layer.group(1).equals("vision") ? "visual.transformer" : "transformer";
        return part == null ? null : tower + ".resblocks." + layer.group(2) + "." + part + layer.group(4);
    }

    @Override
    public Tensor get(String key, Init init, long... shape) {
        String name = name(key);
        if (name == null) throw new IllegalArgumentException("OpenAI's CLIP has no counterpart of '" + key + "'.");
        if (key.endsWith("_projection.weight"))
            return Scope.unscoped(
                    () -> stateDict.get(name, init, shape[1], shape[0]).transpose(0, 1));
        if (!name.contains(".attn.in_proj_")) return stateDict.get(name, init, shape);
        long rows = shape[0], block = "qkv".indexOf(key.charAt(key.indexOf("_proj.") - 1));
        long[] stacked = shape.clone();
        stacked[0] = 3 * rows;
        return Scope.unscoped(() -> stateDict.get(name, init, stacked).narrow(0, block * rows, rows));
    }

    @Override
    public boolean has(String key) {
        String name = name(key);
        return name != null && stateDict.has(name);
    }
}

package dev.mige4j.eval.embedding;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The weights of a hub folder's vision transformer under the names of the original DINO program.
 *
 * <pre>
 *   cls_token                     embeddings.cls_token
 *   pos_embed                     embeddings.position_embeddings
 *   patch_embed.proj              embeddings.patch_embeddings.projection
 *   blocks.0.norm1, norm2         encoder.layer.0.layernorm_before, layernorm_after
 *   blocks.0.attn.qkv             encoder.layer.0.attention.attention.query, key, value: rows one below the other
 *   blocks.0.attn.proj            encoder.layer.0.attention.output.dense
 *   blocks.0.mlp.fc1, fc2         encoder.layer.0.intermediate.dense, output.dense
 *   norm                          layernorm
 * </pre>
 *
 * <p>Source: docs/specification/evaluation.md section 3.
 */
public final class HubVitWeights implements Weights.Source {

    private static final Map<String, String> NAMES = names();

    private final Weights hub;

    private HubVitWeights(Weights hub) {
        this.hub = hub;
    }

    /** The weights with the names of the original, read from weights with those of the hub. */
    public static Weights of(Weights hub) {
        return Weights.from(new HubVitWeights(hub));
    }

    private static Map<String, String> names() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("cls_token", "embeddings.cls_token");
        names.put("pos_embed", "embeddings.position_embeddings");
        names.put("patch_embed\\.proj\\.(.*)", "embeddings.patch_embeddings.projection.$1");
        names.put("blocks\\.(\\d+)\\.norm1\\.(.*)", "encoder.layer.$1.layernorm_before.$2");
        names.put("blocks\\.(\\d+)\\.norm2\\.(.*)", "encoder.layer.$1.layernorm_after.$2");
        names.put("blocks\\.(\\d+)\\.attn\\.qkv\\.(.*)", "encoder.layer.$1.attention.attention.query.$2");
        names.put("blocks\\.(\\d+)\\.attn\\.proj\\.(.*)", "encoder.layer.$1.attention.output.dense.$2");
        names.put("blocks\\.(\\d+)\\.mlp\\.fc1\\.(.*)", "encoder.layer.$1.intermediate.dense.$2");
        names.put("blocks\\.(\\d+)\\.mlp\\.fc2\\.(.*)", "encoder.layer.$1.output.dense.$2");
        names.put("norm\\.(.*)", "layernorm.$1");
        return names;
    }

    /** The name of the hub; for queries, keys and values that of the queries. */
    static String hubName(String original) {
        for (var name : NAMES.entrySet())
            if (original.matches(name.getKey())) return original.replaceFirst(name.getKey(), name.getValue());
        return original;
    }

    @Override
    public Tensor get(String key, Init init, long... shape) {
        String name = hubName(key);
        if (!key.contains(".attn.qkv.")) return hub.get(name, init, shape);
        long[] third = shape.clone();
        third[0] /= 3;
        Tensor query = hub.get(name, init, third),
                keys = hub.get(name.replace(".query.", ".key."), init, third),
                value = hub.get(name.replace(".query.", ".value."), init, third);
        return Scope.unscoped(() -> Tensor.cat(0, query, keys, value));
    }

    @Override
    public boolean has(String key) {
        return key.endsWith(".attn.qkv.bias") || hub.has(hubName(key)); // never without a bias
    }
}

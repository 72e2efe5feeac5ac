package dev.mige4j.weights.lora;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.mige4j.common.NearestName;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rank, alpha and target modules of a LoRA; in PEFT, {@code r}, {@code lora_alpha} and {@code target_modules}.
 *
 * @param rank r, 1 to {@value #MAX_RANK}; {@value #DEFAULT_RANK} in JSON that has none
 * @param alpha the update is scaled by alpha / rank; the rank in JSON that has none
 * @param targets names of linear layers, or endings of their names after a dot, such as {@code attn.qkv}; the layers of
 *     the vision encoder, which no stage trains, only by names that begin with {@code visual_encoder.}; null:
 *     {@link #DEFAULT_TARGETS}
 */
public record LoraConfig(int rank, double alpha, List<String> targets) {

    /** Largest rank. */
    public static final int MAX_RANK = 4096;
    /** The rank where none is given. */
    public static final int DEFAULT_RANK = 16;

    /** All projections of attention and MLP in the denoiser's blocks and in the feature fusion. */
    public static final List<String> DEFAULT_TARGETS = List.of(
            "attn.qkv",
            "attn.proj",
            "cross_attn.q_linear",
            "cross_attn.kv_linear",
            "cross_attn.proj",
            "mlp.fc1",
            "mlp.fc2",
            "FFM.q_proj_1",
            "FFM.k_proj_1.0",
            "FFM.k_proj_1.2",
            "FFM.v_proj_1.0",
            "FFM.v_proj_1.2",
            "FFM.clip_attn.in_proj",
            "FFM.clip_attn.out_proj",
            "FFM.mlp");

    /** Rank and alpha {@value #DEFAULT_RANK}, {@link #DEFAULT_TARGETS}. */
    public static final LoraConfig DEFAULT = new LoraConfig(DEFAULT_RANK, DEFAULT_RANK, DEFAULT_TARGETS);

    private static final String VISION_ENCODER = "visual_encoder.";

    public LoraConfig {
        if (rank < 1 || rank > MAX_RANK)
            throw new UsageException("The LoRA has the rank %d, expected 1 to %d.", rank, MAX_RANK);
        if (!(alpha > 0) || Double.isInfinite(alpha))
            throw new UsageException("The LoRA has the alpha %s, expected a number above 0.", alpha);
        targets = targets == null ? DEFAULT_TARGETS : List.copyOf(targets);
        if (targets.isEmpty())
            throw new UsageException("The LoRA has no targets; name linear layers such as attn.qkv, or leave it out.");
    }

    /** From JSON, where each key may be missing. */
    @JsonCreator
    static LoraConfig fromJson(
            @JsonProperty("rank") Integer rank,
            @JsonProperty("alpha") Double alpha,
            @JsonProperty("targets") List<String> targets) {
        int r = rank == null ? DEFAULT_RANK : rank;
        return new LoraConfig(r, alpha == null ? r : alpha, targets);
    }

    /** alpha / rank. */
    public double scale() {
        return alpha / rank;
    }

    /** Whether the layer of this name is a target. */
    public boolean isTarget(String module) {
        return targets.stream().anyMatch(target -> matches(target, module));
    }

    private static boolean matches(String target, String module) {
        if (module.startsWith(VISION_ENCODER) && !target.startsWith(VISION_ENCODER)) return false;
        return module.equals(target) || module.endsWith("." + target);
    }

    /**
     * The layers of a model that are targets, in the order of the model.
     *
     * @throws UsageException when a target names none of them
     */
    public Map<String, LinearSpec> select(Map<String, LinearSpec> linearLayers) {
        for (String target : targets)
            if (linearLayers.keySet().stream().noneMatch(module -> matches(target, module)))
                throw new UsageException(
                        "The LoRA target '%s' is not the name of a linear layer of the model, nor its ending; the"
                                + " nearest name is '%s'.",
                        target, NearestName.find(target, linearLayers.keySet()));
        Map<String, LinearSpec> selected = new LinkedHashMap<>(linearLayers);
        selected.keySet().removeIf(module -> !isTarget(module));
        return selected;
    }

    /** Number of parameters of the adapters of the selected layers. */
    public long parameterCount(Map<String, LinearSpec> linearLayers) {
        return select(linearLayers).values().stream()
                .mapToLong(layer -> rank * (layer.inFeatures() + layer.outFeatures()))
                .sum();
    }

    /**
     * Adapters before training ({@link LoraAdapter#init}) of the selected layers, by module. Each has its own random
     * sequence, so the values do not depend on the other targets.
     */
    public Map<String, LoraAdapter> init(Map<String, LinearSpec> linearLayers, long seed) {
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        select(linearLayers)
                .forEach((module, layer) -> adapters.put(
                        module,
                        LoraAdapter.init(
                                Rng.forName(seed, module + ".lora_A.weight"),
                                rank,
                                layer.inFeatures(),
                                layer.outFeatures(),
                                scale())));
        return adapters;
    }
}

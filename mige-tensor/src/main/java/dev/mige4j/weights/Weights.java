package dev.mige4j.weights;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.TensorFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Tree of named weights from which a network takes its tensors.
 *
 * <p>{@code weights.at("FFM").get("weight", Init.ZEROS, d, d)} states key, initialization and shape in one line.
 * Whether the tensor is loaded or initialized depends on the {@link Source}, never on the network.
 */
public final class Weights {

    /** Provides tensors by full key. */
    public interface Source {
        /** The tensor of this key; an exception if it has another shape or cannot be provided. */
        Tensor get(String key, Init init, long... shape);

        /** Whether the source has a tensor for an optional key. */
        boolean has(String key);

        /**
         * The LoRA adapters of a linear layer; none unless the source is one of {@link #withAdapters}.
         *
         * @param module key of the layer's weight without {@code .weight}
         */
        default List<LoraAdapter> adapters(String module, long inFeatures, long outFeatures) {
            return List.of();
        }
    }

    private final Source source;
    private final String prefix;

    private Weights(Source source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    /** The root of the weights of a source. */
    public static Weights from(Source source) {
        return new Weights(source, "");
    }

    /**
     * Initialized weights in float32. Each key has its own random sequence, so the values do not depend on the order of
     * requests.
     */
    public static Weights fresh(long seed) {
        return from(new InitializedSource((key, init) -> shape -> init.create(Rng.forName(seed, key), shape)));
    }

    /**
     * Small random non-zero weights regardless of their {@link Init}, those with {@link Init#ONES} around 1; for tests.
     */
    public static Weights random(long seed) {
        return from(new InitializedSource((key, init) ->
                shape -> Rng.forName(seed, key).normal(shape).mul_(0.2).add(init == Init.ONES ? 1 : 0)));
    }

    /** The given tensors by full key; a missing key or another shape is an error. */
    public static Weights of(Map<String, Tensor> tensors) {
        return from(new MapSource(tensors));
    }

    /**
     * As these weights, and records every requested tensor by full key, in order, for an optimizer. Those of an adapter
     * have the keys {@code MODULE.lora_A.weight} and {@code MODULE.lora_B.weight}; with several adapters, the last one
     * is recorded.
     */
    public Weights recordingInto(Map<String, Tensor> requested) {
        Source inner = source;
        return new Weights(
                new Source() {
                    @Override
                    public Tensor get(String key, Init init, long... shape) {
                        Tensor tensor = inner.get(key, init, shape);
                        requested.put(key, tensor);
                        return tensor;
                    }

                    @Override
                    public boolean has(String key) {
                        return inner.has(key);
                    }

                    @Override
                    public List<LoraAdapter> adapters(String module, long inFeatures, long outFeatures) {
                        List<LoraAdapter> adapters = inner.adapters(module, inFeatures, outFeatures);
                        for (LoraAdapter adapter : adapters) {
                            requested.put(module + ".lora_A.weight", adapter.a());
                            requested.put(module + ".lora_B.weight", adapter.b());
                        }
                        return adapters;
                    }
                },
                prefix);
    }

    /**
     * As these weights, with LoRA adapters for linear layers; several for the same layer add up. The weights themselves
     * are shared.
     *
     * @param byModule adapters by the full key of the layer's weight without {@code .weight}, such as
     *     {@code blocks.0.attn.qkv}; the fused input projection {@code FFM.clip_attn.in_proj_weight} is
     *     {@code FFM.clip_attn.in_proj}
     */
    public Weights withAdapters(Map<String, List<LoraAdapter>> byModule) {
        Source inner = source;
        return new Weights(
                new Source() {
                    @Override
                    public Tensor get(String key, Init init, long... shape) {
                        return inner.get(key, init, shape);
                    }

                    @Override
                    public boolean has(String key) {
                        return inner.has(key);
                    }

                    @Override
                    public List<LoraAdapter> adapters(String module, long inFeatures, long outFeatures) {
                        List<LoraAdapter> adapters = new ArrayList<>(inner.adapters(module, inFeatures, outFeatures));
                        adapters.addAll(byModule.getOrDefault(module, List.of()));
                        return List.copyOf(adapters);
                    }
                },
                prefix);
    }

    /** The weights below {@code child}. */
    public Weights at(String child) {
        return new Weights(source, prefix + child + ".");
    }

    /** The weights of the list item {@code index}. */
    public Weights at(int index) {
        return at(Integer.toString(index));
    }

    /**
     * The tensor of this name.
     *
     * @param init used only when the weights are initialized, not loaded
     * @throws dev.mige4j.common.WeightsException when it is missing or has another shape
     */
    public Tensor get(String name, Init init, long... shape) {
        return source.get(prefix + name, init, shape);
    }

    /** Whether there is a tensor for an optional name. */
    public boolean has(String name) {
        return source.has(prefix + name);
    }

    /**
     * The LoRA adapters of the linear layer whose weights these are, in the order in which they were added.
     *
     * @throws WeightsException when one is for a layer of another size
     */
    public List<LoraAdapter> adapters(long inFeatures, long outFeatures) {
        String module = prefix.substring(0, Math.max(0, prefix.length() - 1));
        List<LoraAdapter> adapters = source.adapters(module, inFeatures, outFeatures);
        for (LoraAdapter adapter : adapters)
            if (adapter.inFeatures() != inFeatures || adapter.outFeatures() != outFeatures)
                throw new WeightsException(
                        "The LoRA for '%s' is for a layer from %d to %d features, but that of the model is from %d to"
                                + " %d; it belongs to another model.",
                        module, adapter.inFeatures(), adapter.outFeatures(), inFeatures, outFeatures);
        return adapters;
    }

    private record InitializedSource(BiFunction<String, Init, TensorFactory> factory, Map<String, Tensor> cache)
            implements Source {
        InitializedSource(BiFunction<String, Init, TensorFactory> factory) {
            this(factory, new LinkedHashMap<>());
        }

        @Override
        public Tensor get(String key, Init init, long... shape) {
            Tensor cached = cache.get(key);
            if (cached != null) return cached.expect(key, "", shape);
            Tensor created = Scope.unscoped(
                    () -> Scope.scoped(() -> factory.apply(key, init).create(shape)));
            cache.put(key, created);
            return created;
        }

        @Override
        public boolean has(String key) {
            return cache.containsKey(key);
        }
    }

    private interface TensorFactory {
        Tensor create(long... shape);
    }

    private record MapSource(Map<String, Tensor> tensors) implements Source {
        @Override
        public Tensor get(String key, Init init, long... shape) {
            Tensor tensor = tensors.get(key);
            if (tensor == null)
                throw new WeightsException(TensorFile.missingTensor("the given tensors", key, tensors.keySet()));
            return tensor.expect(key, "", shape);
        }

        @Override
        public boolean has(String key) {
            return tensors.containsKey(key);
        }
    }
}

package dev.mige4j.weights;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.TensorFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Where a component gets its tensors from; it walks like {@code cd}.
 *
 * <p>{@code weights.at("FFM").get("weight", Birth.ZERO, d, d)} names key, birth value and shape in one line. Whether
 * the tensor comes from a file or is born is decided by the Weights behind it, never by the component.
 */
public final class Weights {

    /** What stands behind a tree of weights: it knows full keys. */
    public interface Source {
        Tensor get(String key, Init init, long... shape);

        boolean has(String key);
    }

    private final Source source;
    private final String prefix;

    private Weights(Source source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    /** The root over a source. */
    public static Weights from(Source source) {
        return new Weights(source, "");
    }

    /**
     * All tensors at their birth values, float32; each drawn from a sequence of its own by key, so the order of asking
     * is free.
     */
    public static Weights fresh(long seed) {
        return from(new InitializedSource((key, init) -> shape -> init.create(Rng.forName(seed, key), shape)));
    }

    /**
     * All tensors small, random and non-zero whatever their birth value, those born one around one: for tests of laws.
     */
    public static Weights random(long seed) {
        return from(new InitializedSource((key, init) ->
                shape -> Rng.forName(seed, key).normal(shape).mul_(0.2).add(init == Init.ONES ? 1 : 0)));
    }

    /** Exactly the given tensors by full key, for goldens; a missing key or another shape throws. */
    public static Weights of(Map<String, Tensor> tensors) {
        return from(new MapSource(tensors));
    }

    /** Notes every tensor that is handed out, by full key and in order: what the trainer trains. */
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
                },
                prefix);
    }

    public Weights at(String child) {
        return new Weights(source, prefix + child + ".");
    }

    public Weights at(int index) {
        return at(Integer.toString(index));
    }

    /** The tensor of this name; its shape is the given one, or an exception tells what was found instead. */
    public Tensor get(String name, Init init, long... shape) {
        return source.get(prefix + name, init, shape);
    }

    public boolean has(String name) {
        return source.has(prefix + name);
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

package mige.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import mige.tensor.Rng;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;

/**
 * Where a component gets its tensors from; it walks like {@code cd}.
 *
 * <p>{@code weights.at("FFM").get("weight", Birth.ZERO, d, d)} names key, birth value and shape in one line. Whether the tensor comes
 * from a file or is born is decided by the Weights behind it, never by the component.
 */
public final class Weights {

    /** What stands behind a tree of weights: it knows full keys. */
    public interface Source {
        Tensor get(String key, Birth birth, long... shape);

        boolean has(String key);
    }

    private final Source source;
    private final String prefix;

    private Weights(Source source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    /** The root over a source. */
    public static Weights over(Source source) {
        return new Weights(source, "");
    }

    /** All tensors at their birth values, float32; each drawn from a sequence of its own by key, so the order of asking is free. */
    public static Weights fresh(long seed) {
        return over(new Made((key, birth) -> shape -> birth.make(Rng.named(seed, key), shape)));
    }

    /** All tensors small, random and non-zero whatever their birth value, those born one around one: for tests of laws. */
    public static Weights random(long seed) {
        return over(new Made((key, birth) -> shape -> Rng.named(seed, key).normal(shape).mul_(0.2).add(birth == Birth.ONE ? 1 : 0)));
    }

    /** Exactly the given tensors by full key, for goldens; a missing key or another shape throws. */
    public static Weights of(Map<String, Tensor> tensors) {
        return over(new Given(tensors));
    }

    /** Notes every tensor that is handed out, by full key and in order: what the trainer trains. */
    public Weights recordingInto(Map<String, Tensor> handedOut) {
        Source inner = source;
        return new Weights(new Source() {
            @Override
            public Tensor get(String key, Birth birth, long... shape) {
                Tensor t = inner.get(key, birth, shape);
                handedOut.put(key, t);
                return t;
            }

            @Override
            public boolean has(String key) {
                return inner.has(key);
            }
        }, prefix);
    }

    public Weights at(String child) {
        return new Weights(source, prefix + child + ".");
    }

    public Weights at(int index) {
        return at(Integer.toString(index));
    }

    /** The tensor of this name; its shape is the given one, or an exception tells what was found instead. */
    public Tensor get(String name, Birth birth, long... shape) {
        return source.get(prefix + name, birth, shape);
    }

    public boolean has(String name) {
        return source.has(prefix + name);
    }

    private record Made(BiFunction<String, Birth, Shaped> maker, Map<String, Tensor> made) implements Source {
        Made(BiFunction<String, Birth, Shaped> maker) {
            this(maker, new LinkedHashMap<>());
        }

        @Override
        public Tensor get(String key, Birth birth, long... shape) {
            Tensor known = made.get(key);
            if (known != null) return known.expect(key, "", shape);
            Tensor born = Scope.outside(() -> Scope.scoped(() -> maker.apply(key, birth).of(shape)));
            made.put(key, born);
            return born;
        }

        @Override
        public boolean has(String key) {
            return made.containsKey(key);
        }
    }

    private interface Shaped {
        Tensor of(long... shape);
    }

    private record Given(Map<String, Tensor> tensors) implements Source {
        @Override
        public Tensor get(String key, Birth birth, long... shape) {
            Tensor t = tensors.get(key);
            if (t == null) throw new WeightsException(Nearest.sentence("the given tensors", key, tensors.keySet()));
            return t.expect(key, "", shape);
        }

        @Override
        public boolean has(String key) {
            return tensors.containsKey(key);
        }
    }
}

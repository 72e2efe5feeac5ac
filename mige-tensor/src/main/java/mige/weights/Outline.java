package mige.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/**
 * Learns which tensors a model has by letting it build itself: every tensor it asks for is noted, and answered by a single zero that
 * is spread over the whole shape. A model of billions of weights costs no memory this way; what it computes is meaningless.
 *
 * <pre>
 *   var outline = new Outline();
 *   new Denoiser(config, outline.weights());
 *   outline.slots()                            // every key with its shape and birth value, in the order of asking
 * </pre>
 */
public final class Outline implements Weights.Source {

    /** One tensor of a model. */
    public record Slot(long[] shape, Birth birth) {
        /** How many numbers it has. */
        public long count() {
            return Entry.countOf(shape);
        }
    }

    private final Map<String, Slot> slots = new LinkedHashMap<>();
    private final Set<String> optional = new LinkedHashSet<>();

    /** The root to build a model with. */
    public Weights weights() {
        return Weights.over(this);
    }

    /** What was asked for so far, in order. */
    public Map<String, Slot> slots() {
        return Collections.unmodifiableMap(slots);
    }

    /** Keys that the model asked whether they exist and did not ask for when told no: it takes them from a file that has them. */
    public Set<String> optional() {
        Set<String> left = new LinkedHashSet<>(optional);
        left.removeAll(slots.keySet());
        return left;
    }

    /** Numbers in all. */
    public long count() {
        return slots.values().stream().mapToLong(Slot::count).sum();
    }

    @Override public Tensor get(String key, Birth birth, long... shape) {
        slots.putIfAbsent(key, new Slot(shape.clone(), birth));
        return Scope.outside(() -> Tensor.zeros(new long[0]).expand(shape));
    }

    @Override public boolean has(String key) {
        optional.add(key);
        return slots.containsKey(key);
    }
}

package dev.mige4j.weights;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.TensorInfo;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Learns which tensors a model has by letting it build itself: every tensor it asks for is noted, and answered by a
 * single zero that is spread over the whole shape. A model of billions of weights costs no memory this way; what it
 * computes is meaningless.
 *
 * <pre>
 *   var outline = new Outline();
 *   new Denoiser(config, outline.weights());
 *   outline.slots()                            // every key with its shape and birth value, in the order of asking
 * </pre>
 */
public final class ShapeRecorder implements Weights.Source {

    /** One tensor of a model. */
    public record TensorSpec(long[] shape, Init init) {
        /** How many numbers it has. */
        public long numel() {
            return TensorInfo.numelOf(shape);
        }
    }

    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Set<String> optionalKeys = new LinkedHashSet<>();

    /** The root to build a model with. */
    public Weights weights() {
        return Weights.from(this);
    }

    /** What was asked for so far, in order. */
    public Map<String, TensorSpec> specs() {
        return Collections.unmodifiableMap(specs);
    }

    /**
     * Keys that the model asked whether they exist and did not ask for when told no: it takes them from a file that has
     * them.
     */
    public Set<String> optionalKeys() {
        Set<String> unused = new LinkedHashSet<>(optionalKeys);
        unused.removeAll(specs.keySet());
        return unused;
    }

    /** Numbers in all. */
    public long parameterCount() {
        return specs.values().stream().mapToLong(TensorSpec::numel).sum();
    }

    @Override
    public Tensor get(String key, Init init, long... shape) {
        specs.putIfAbsent(key, new TensorSpec(shape.clone(), init));
        return Scope.unscoped(() -> Tensor.zeros(new long[0]).expand(shape));
    }

    @Override
    public boolean has(String key) {
        optionalKeys.add(key);
        return specs.containsKey(key);
    }
}

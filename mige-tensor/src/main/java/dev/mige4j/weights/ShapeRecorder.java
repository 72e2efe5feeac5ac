package dev.mige4j.weights;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.TensorInfo;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Records the keys and shapes of a model without allocating memory: every requested tensor is an expanded zero.
 *
 * <pre>
 *   var shapes = new ShapeRecorder();
 *   new Denoiser(config, shapes.weights());
 *   shapes.specs()                             // every key with its shape and initialization, in order
 * </pre>
 */
public final class ShapeRecorder implements Weights.Source {

    /** Shape and initialization of a tensor. */
    public record TensorSpec(long[] shape, Init init) {
        /** Number of elements. */
        public long numel() {
            return TensorInfo.numelOf(shape);
        }
    }

    /** Width of the input and the output of a linear layer. */
    public record LinearSpec(long inFeatures, long outFeatures) {}

    private final Map<String, LinearSpec> linearLayers = new LinkedHashMap<>();
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();
    private final Set<String> optionalKeys = new LinkedHashSet<>();

    /** The weights to build a model with. */
    public Weights weights() {
        return Weights.from(this);
    }

    /** The requested tensors, in order. */
    public Map<String, TensorSpec> specs() {
        return Collections.unmodifiableMap(specs);
    }

    /** The linear layers that take LoRA adapters, by the key of their weight without {@code .weight}, in order. */
    public Map<String, LinearSpec> linearLayers() {
        return Collections.unmodifiableMap(linearLayers);
    }

    /** Keys that the model uses only if a checkpoint has them. */
    public Set<String> optionalKeys() {
        Set<String> unused = new LinkedHashSet<>(optionalKeys);
        unused.removeAll(specs.keySet());
        return unused;
    }

    /** Whether the tensor is the weight of a linear layer, which reads it in int8 with scales, too. */
    public boolean isQuantizable(String key) {
        return optionalKeys.contains(key + Int8Quantization.SCALE);
    }

    /** Total number of elements. */
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

    @Override
    public List<LoraAdapter> adapters(String module, long inFeatures, long outFeatures) {
        linearLayers.put(module, new LinearSpec(inFeatures, outFeatures));
        return List.of();
    }
}

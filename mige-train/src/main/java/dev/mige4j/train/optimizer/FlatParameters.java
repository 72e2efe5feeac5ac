package dev.mige4j.train.optimizer;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The trainable parameters of a model as one flat float32 tensor, and their gradients as another.
 *
 * <p>The parameters of the model become views of the flat tensor. So clipping, averaging, the optimizer step and the
 * all-reduce are one operation each, however many parameters there are. Parameters of other types become float32.
 */
public final class FlatParameters {

    /** The position of one parameter in the flat tensor. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Slice(String name, long offset, long[] shape) {
        long count() {
            long n = 1;
            for (long s : shape) n *= s;
            return n;
        }
    }

    private final List<Slice> slices = new ArrayList<>();
    private final Tensor values;
    private final Tensor gradients;

    /**
     * Makes the tensors of a model trainable whose key is selected; the others stay frozen.
     *
     * @param namedTensors the model's tensors by key, from {@link dev.mige4j.weights.Weights#recordingInto}
     * @param trainable selects keys
     */
    public FlatParameters(Map<String, Tensor> namedTensors, Predicate<String> trainable) {
        Set<Tensor> unique = Collections.newSetFromMap(new IdentityHashMap<>());
        long offset = 0;
        Map<String, Tensor> selected = new LinkedHashMap<>();
        for (var entry : namedTensors.entrySet()) {
            if (!trainable.test(entry.getKey())
                    || !entry.getValue().dtype().isFloatingPoint()
                    || !unique.add(entry.getValue())) continue;
            slices.add(new Slice(entry.getKey(), offset, entry.getValue().shape()));
            selected.put(entry.getKey(), entry.getValue());
            offset += entry.getValue().numel();
        }
        if (offset == 0)
            throw new IllegalArgumentException("none of the " + namedTensors.size() + " tensors is trainable");
        long count = offset;
        values = Scope.unscoped(() -> Tensor.empty(DType.F32, count));
        gradients = Scope.unscoped(() -> Tensor.zeros(count));
        Scope.scoped(() -> slices.forEach(slice -> adopt(slice, selected.get(slice.name()))));
    }

    private void adopt(Slice slice, Tensor weight) {
        Tensor target = view(values, slice);
        Tensor.noGrad(() -> target.copy_(weight));
        weight.setData(target);
        weight.requiresGrad_(true);
        weight.setGrad(view(gradients, slice));
    }

    private static Tensor view(Tensor flat, Slice slice) {
        return flat.narrow(0, slice.offset(), slice.count()).view(slice.shape());
    }

    /** All parameters, [count]; the model shares this memory. */
    public Tensor values() {
        return values;
    }

    /** The accumulated gradients, [count]. */
    public Tensor gradients() {
        return gradients;
    }

    /** The number of trainable parameters. */
    public long count() {
        return values.numel();
    }

    /** Name and position of each parameter, in order. */
    public List<Slice> slices() {
        return Collections.unmodifiableList(slices);
    }

    /** Views of another flat tensor of this layout, such as a moving average, by the names of the parameters. */
    public Map<String, Tensor> viewsByName(Tensor flat) {
        flat.expect("flat", "[count]", count());
        Map<String, Tensor> views = new LinkedHashMap<>();
        for (Slice slice : slices) views.put(slice.name(), view(flat, slice));
        return views;
    }

    /** Names and shapes as text; a training state fits a model with an equal layout. */
    public String layout() {
        StringBuilder text = new StringBuilder();
        for (Slice slice : slices)
            text.append(slice.name()).append(Arrays.toString(slice.shape())).append('\n');
        return text.toString();
    }

    /** Replaces the values while an action runs, for instance by averaged ones. */
    public void withValues(Tensor replacement, Runnable action) {
        Tensor saved = Scope.unscoped(values::copy);
        try {
            Tensor.noGrad(() -> values.copy_(replacement));
            action.run();
        } finally {
            Tensor.noGrad(() -> values.copy_(saved));
            saved.close();
        }
    }
}

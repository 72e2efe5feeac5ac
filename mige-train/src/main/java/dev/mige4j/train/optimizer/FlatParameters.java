package dev.mige4j.train.optimizer;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The tensors that a training changes, laid end to end in one float32 tensor, and their gradients in another.
 *
 * <p>The components keep their tensors; these are made to share the flat memory. So one norm clips, one interpolation
 * averages, one update steps and one sum joins processes, however many weights there are. Weights that were stored
 * narrowly become float32 here.
 */
public final class FlatParameters {

    /** Where one weight lies. */
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
     * Takes over those tensors of a model whose key is wanted; the others are left alone and stay frozen.
     *
     * @param namedTensors what {@link dev.mige4j.weights.Weights#recordingInto} noted while the model was built
     * @param trainable true for the keys to train
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
            throw new IllegalArgumentException("none of the " + namedTensors.size() + " tensors is to be trained");
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

    /** All weights, [count]; what is written here is what the model computes with. */
    public Tensor values() {
        return values;
    }

    /** The gradients that backward passes have added up, [count]. */
    public Tensor gradients() {
        return gradients;
    }

    public long count() {
        return values.numel();
    }

    /** Name and place of each weight, in order. */
    public List<Slice> slices() {
        return Collections.unmodifiableList(slices);
    }

    /** Views of another flat tensor of this layout (an average, a moment) by the names of the weights. */
    public Map<String, Tensor> viewsByName(Tensor flat) {
        flat.expect("flat", "[count]", count());
        Map<String, Tensor> views = new LinkedHashMap<>();
        for (Slice slice : slices) views.put(slice.name(), view(flat, slice));
        return views;
    }

    /** Names and shapes in one text: two models fit the same training state when it is equal. */
    public String layout() {
        StringBuilder text = new StringBuilder();
        for (Slice slice : slices)
            text.append(slice.name())
                    .append(java.util.Arrays.toString(slice.shape()))
                    .append('\n');
        return text.toString();
    }

    /** Computes with other values of the same layout while the work runs, for instance with averaged ones. */
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

package mige.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/**
 * The tensors that a training changes, laid end to end in one float32 tensor, and their gradients in another.
 *
 * <p>The components keep their tensors; these are made to share the flat memory. So one norm clips, one interpolation averages, one
 * update steps and one sum joins processes, however many weights there are. Weights that were stored narrowly become float32 here.
 */
public final class Parameters {

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
    private final Tensor gradient;

    /**
     * Takes over those tensors of a model whose key is wanted; the others are left alone and stay frozen.
     *
     * @param handedOut what {@link mige.weights.Weights#recordingInto} noted while the model was built
     * @param trained   true for the keys to train
     */
    public Parameters(Map<String, Tensor> handedOut, Predicate<String> trained) {
        Set<Tensor> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        long end = 0;
        Map<String, Tensor> chosen = new LinkedHashMap<>();
        for (var entry : handedOut.entrySet()) {
            if (!trained.test(entry.getKey()) || !entry.getValue().type().isFloat() || !seen.add(entry.getValue())) continue;
            slices.add(new Slice(entry.getKey(), end, entry.getValue().shape()));
            chosen.put(entry.getKey(), entry.getValue());
            end += entry.getValue().count();
        }
        if (end == 0) throw new IllegalArgumentException("none of the " + handedOut.size() + " tensors is to be trained");
        long all = end;
        values = Scope.outside(() -> Tensor.empty(DType.F32, all));
        gradient = Scope.outside(() -> Tensor.zeros(all));
        Scope.scoped(() -> slices.forEach(slice -> take(slice, chosen.get(slice.name()))));
    }

    private void take(Slice slice, Tensor weight) {
        Tensor place = part(values, slice);
        Tensor.withoutGradients(() -> place.copy_(weight));
        weight.shareMemoryOf(place);
        weight.needGradient(true);
        weight.collectGradientIn(part(gradient, slice));
    }

    private static Tensor part(Tensor flat, Slice slice) {
        return flat.narrow(0, slice.offset(), slice.count()).view(slice.shape());
    }

    /** All weights, [count]; what is written here is what the model computes with. */
    public Tensor values() {
        return values;
    }

    /** The gradients that backward passes have added up, [count]. */
    public Tensor gradient() {
        return gradient;
    }

    public long count() {
        return values.count();
    }

    /** Name and place of each weight, in order. */
    public List<Slice> slices() {
        return Collections.unmodifiableList(slices);
    }

    /** Views of another flat tensor of this layout (an average, a moment) by the names of the weights. */
    public Map<String, Tensor> named(Tensor flat) {
        flat.expect("flat", "[count]", count());
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (Slice slice : slices) named.put(slice.name(), part(flat, slice));
        return named;
    }

    /** Names and shapes in one text: two models fit the same training state when it is equal. */
    public String layout() {
        StringBuilder text = new StringBuilder();
        for (Slice slice : slices) text.append(slice.name()).append(java.util.Arrays.toString(slice.shape())).append('\n');
        return text.toString();
    }

    /** Computes with other values of the same layout while the work runs, for instance with averaged ones. */
    public void with(Tensor others, Runnable work) {
        Tensor own = Scope.outside(values::copy);
        try {
            Tensor.withoutGradients(() -> values.copy_(others));
            work.run();
        } finally {
            Tensor.withoutGradients(() -> values.copy_(own));
            own.close();
        }
    }
}

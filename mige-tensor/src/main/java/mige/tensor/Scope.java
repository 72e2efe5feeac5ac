package mige.tensor;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Frees the native memory of everything that a piece of work made, except its result.
 *
 * <p>A stage opens a scope, a component never does. What {@code work} returns is handed to the scope around it; without one it is
 * left to the garbage collector. A result may be a tensor, a record of tensors, a collection, map, array or {@link Optional} of those,
 * or a {@link Holder}. Scopes belong to a thread and may be nested.
 */
public final class Scope {

    /** An object that keeps tensors and can name them, so that a scope knows what its result holds. */
    public interface Holder {
        void eachTensor(Consumer<Tensor> visit);
    }

    private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

    private final Scope outer = CURRENT.get();
    private final List<Tensor> made = new ArrayList<>();

    private Scope() {}

    /** Runs the work, frees what it made, and returns its result, which the scope around this one now owns. */
    public static <T> T scoped(Supplier<T> work) {
        Scope scope = new Scope();
        CURRENT.set(scope);
        T result = null;
        try {
            result = work.get();
            return result;
        } finally {
            if (scope.outer == null) CURRENT.remove();
            else CURRENT.set(scope.outer);
            scope.free(result);
        }
    }

    /** {@link #scoped(Supplier)} for work without a result. */
    public static void scoped(Runnable work) {
        scoped(() -> {
            work.run();
            return null;
        });
    }

    /** Runs the work as if no scope were open: what it makes stays, until it is closed by hand or collected. For weights. */
    public static <T> T outside(Supplier<T> work) {
        Scope open = CURRENT.get();
        CURRENT.remove();
        try {
            return work.get();
        } finally {
            if (open != null) CURRENT.set(open);
        }
    }

    /**
     * Passes x through the steps one after another, each in a scope of its own, and frees what lies between them, so that a long chain
     * needs the memory of its widest step. x itself is kept; where gradients are recorded, libtorch keeps what it needs for them.
     */
    public static Tensor through(Tensor x, List<? extends UnaryOperator<Tensor>> steps) {
        Tensor at = x;
        for (UnaryOperator<Tensor> step : steps) {
            Tensor before = at;
            at = scoped(() -> step.apply(before));
            if (before != x && before != at) before.close();
        }
        return at;
    }

    static void register(Tensor tensor) {
        Scope scope = CURRENT.get();
        if (scope != null) scope.made.add(tensor);
    }

    private void free(Object result) {
        Set<Tensor> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        each(result, kept::add);
        for (Tensor tensor : made) {
            if (!kept.contains(tensor)) tensor.close();
            else if (outer != null) outer.made.add(tensor);
        }
    }

    private static void each(Object result, Consumer<Tensor> visit) {
        if (result instanceof Tensor t) visit.accept(t);
        else if (result instanceof Holder h) h.eachTensor(visit);
        else if (result instanceof Optional<?> o) o.ifPresent(x -> each(x, visit));
        else if (result instanceof Iterable<?> i) i.forEach(x -> each(x, visit));
        else if (result instanceof Map<?, ?> m) m.values().forEach(x -> each(x, visit));
        else if (result instanceof Object[] a) for (Object x : a) each(x, visit);
        else if (result instanceof Record r) eachComponent(r, visit);
    }

    private static void eachComponent(Record record, Consumer<Tensor> visit) {
        for (var component : record.getClass().getRecordComponents()) {
            try {
                var read = component.getAccessor();
                read.setAccessible(true);
                each(read.invoke(record), visit);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component + " of a scope's result", e);
            }
        }
    }
}

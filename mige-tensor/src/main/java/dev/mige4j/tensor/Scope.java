package dev.mige4j.tensor;

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
 * <p>A stage opens a scope, a component never does. What {@code work} returns is handed to the scope around it; without
 * one it is left to the garbage collector. A result may be a tensor, a record of tensors, a collection, map, array or
 * {@link Optional} of those, or a {@link TensorHolder}. Scopes belong to a thread and may be nested.
 */
public final class Scope {

    /** An object that keeps tensors and can name them, so that a scope knows what its result holds. */
    public interface TensorHolder {
        void forEachTensor(Consumer<Tensor> visitor);
    }

    private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

    private final Scope parent = CURRENT.get();
    private final List<Tensor> tensors = new ArrayList<>();

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
            if (scope.parent == null) CURRENT.remove();
            else CURRENT.set(scope.parent);
            scope.release(result);
        }
    }

    /** {@link #scoped(Supplier)} for work without a result. */
    public static void scoped(Runnable work) {
        scoped(() -> {
            work.run();
            return null;
        });
    }

    /**
     * Runs the work as if no scope were open: what it makes stays, until it is closed by hand or collected. For
     * weights.
     */
    public static <T> T unscoped(Supplier<T> work) {
        Scope suspended = CURRENT.get();
        CURRENT.remove();
        try {
            return work.get();
        } finally {
            if (suspended != null) CURRENT.set(suspended);
        }
    }

    /**
     * Passes x through the steps one after another, each in a scope of its own, and frees what lies between them, so
     * that a long chain needs the memory of its widest step. x itself is kept; where gradients are recorded, libtorch
     * keeps what it needs for them.
     */
    public static Tensor sequential(Tensor x, List<? extends UnaryOperator<Tensor>> steps) {
        Tensor current = x;
        for (UnaryOperator<Tensor> step : steps) {
            Tensor previous = current;
            current = scoped(() -> step.apply(previous));
            if (previous != x && previous != current) previous.close();
        }
        return current;
    }

    static void register(Tensor tensor) {
        Scope scope = CURRENT.get();
        if (scope != null) scope.tensors.add(tensor);
    }

    private void release(Object result) {
        Set<Tensor> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        forEachTensorIn(result, kept::add);
        for (Tensor tensor : tensors) {
            if (!kept.contains(tensor)) tensor.close();
            else if (parent != null) parent.tensors.add(tensor);
        }
    }

    private static void forEachTensorIn(Object result, Consumer<Tensor> visitor) {
        if (result instanceof Tensor t) visitor.accept(t);
        else if (result instanceof TensorHolder h) h.forEachTensor(visitor);
        else if (result instanceof Optional<?> o) o.ifPresent(x -> forEachTensorIn(x, visitor));
        else if (result instanceof Iterable<?> i) i.forEach(x -> forEachTensorIn(x, visitor));
        else if (result instanceof Map<?, ?> m) m.values().forEach(x -> forEachTensorIn(x, visitor));
        else if (result instanceof Object[] a) for (Object x : a) forEachTensorIn(x, visitor);
        else if (result instanceof Record r) forEachTensorInRecord(r, visitor);
    }

    private static void forEachTensorInRecord(Record record, Consumer<Tensor> visitor) {
        for (var component : record.getClass().getRecordComponents()) {
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                forEachTensorIn(accessor.invoke(record), visitor);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component + " of a scope's result", e);
            }
        }
    }
}

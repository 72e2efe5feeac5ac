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
 * Frees the native memory of all tensors that a computation created, except those of its result.
 *
 * <p>Scopes belong to a thread and may be nested. The result is passed to the enclosing scope, or left to the garbage
 * collector if there is none. It may be a tensor, a record of tensors, a collection, map, array or {@link Optional} of
 * those, or a {@link TensorHolder}. Pipelines open scopes around their stages; layers never do.
 */
public final class Scope {

    /** An object with tensors in private fields that can be the result of a scope. */
    public interface TensorHolder {
        /** Passes each tensor that must stay alive to the visitor. */
        void forEachTensor(Consumer<Tensor> visitor);
    }

    private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

    private final Scope parent = CURRENT.get();
    private final List<Tensor> tensors = new ArrayList<>();

    private Scope() {}

    /** Runs {@code work}, frees the tensors it created, and returns its result. */
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

    /** As {@link #scoped(Supplier)}, without a result. */
    public static void scoped(Runnable work) {
        scoped(() -> {
            work.run();
            return null;
        });
    }

    /**
     * Runs {@code work} outside all scopes: its tensors live until they are closed or garbage-collected. For weights.
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
     * Applies the steps one after another, each in its own scope, and frees the intermediate results, so that the peak
     * memory is that of the largest step. {@code x} is not freed. While gradients are recorded, libtorch keeps the
     * tensors that it needs for them.
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
                throw new IllegalStateException("Cannot read " + component + " of the result of a scope.", e);
            }
        }
    }
}

package dev.mige4j.weights.torch;

import dev.mige4j.weights.torch.TensorReference.Storage;
import dev.mige4j.weights.torch.Unpickler.Tuple;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The Python names that a pickle of weights refers to, and what calling them builds: tensors, parameters, sizes and
 * dictionaries. A call of any other class or function gives a {@link PickledObject}. Names that run programs are
 * refused, since only an attack has them.
 *
 * <p>Source: {@code torch._utils}, {@code torch._tensor}.
 */
final class PickleGlobals {

    /** A class or function. */
    record Global(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    private static final Set<String> PROGRAM_MODULES =
            Set.of("os", "posix", "nt", "subprocess", "sys", "pty", "runpy", "importlib", "ctypes", "socket", "shutil");
    private static final Set<String> PROGRAM_BUILTINS =
            Set.of("eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint");
    private static final Set<String> TENSOR_CLASSES =
            Set.of("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer");

    private final PickleReader in;

    PickleGlobals(PickleReader in) {
        this.in = in;
    }

    /** The value of {@code module.name}: an {@link ElementType} or a {@link Global}. */
    Object find(String module, String name) {
        String packageName = firstPart(module);
        boolean builtin = packageName.equals("builtins") || packageName.equals("__builtin__");
        if (PROGRAM_MODULES.contains(packageName) || (builtin && PROGRAM_BUILTINS.contains(firstPart(name))))
            throw in.forbidden(module + "." + name);
        ElementType type = ElementType.named(name);
        return module.equals("torch") && type.size() > 0 ? type : new Global(module, name);
    }

    private static String firstPart(String qualifiedName) {
        int dot = qualifiedName.indexOf('.');
        return dot < 0 ? qualifiedName : qualifiedName.substring(0, dot);
    }

    /** The value of {@code function(*arguments)}, of which nothing is executed. */
    Object call(Object function, Object arguments) {
        if (function instanceof PickledObject object) return new PickledObject(object.type(), arguments);
        if (!(function instanceof Global)) throw in.corrupt("calls a value that is not a function");
        String name = function.toString();
        if (!(arguments instanceof Tuple args)) throw in.corrupt("calls a function without arguments");
        return switch (name) {
            case "collections.OrderedDict" -> orderedDict(args);
            case "torch.Size" -> args.get(0) instanceof Tuple sizes ? sizes : args;
            case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" ->
                args.get(0) instanceof TensorReference tensor ? tensor : new PickledObject(name, args);
            case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
                tensor(name, args, null, args.get(6));
            case "torch._utils._rebuild_tensor_v3" ->
                tensor(
                        name,
                        args,
                        args.get(6) instanceof ElementType type
                                ? type
                                : args.get(6) instanceof Global dtype ? ElementType.named(dtype.name) : null,
                        args.get(7));
            case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2" ->
                // (function, class, arguments, attributes) of a tensor with Python attributes
                args.get(1) instanceof Global tensorClass
                                && TENSOR_CLASSES.contains(tensorClass.toString())
                                && args.get(0) instanceof Global rebuild
                                && rebuild.name.startsWith("_rebuild_tensor")
                        ? call(rebuild, args.get(2))
                        : new PickledObject(name, args);
            default -> new PickledObject(name, args);
        };
    }

    private Map<Object, Object> orderedDict(Tuple args) {
        Map<Object, Object> dict = new LinkedHashMap<>();
        if (args.get(0) instanceof List<?> pairs)
            for (Object pair : pairs) {
                List<?> keyValue = pair instanceof Tuple t ? t.items() : pair instanceof List<?> l ? l : List.of();
                if (keyValue.size() != 2) throw in.corrupt("builds an OrderedDict from values that are not pairs");
                dict.put(Unpickler.toKey(keyValue.get(0), dict.size()), keyValue.get(1));
            }
        return dict;
    }

    /** A tensor; an object if its storage is one, or if its values are the negative of what is stored. */
    private Object tensor(String name, Tuple args, ElementType type, Object metadata) {
        boolean negative = metadata instanceof Map<?, ?> bits && Boolean.TRUE.equals(bits.get("neg"));
        if (negative || !(args.get(0) instanceof Storage storage)) return new PickledObject(name, args);
        return new TensorReference(
                storage,
                type == null ? storage.type() : type,
                in.asLong(args.get(1), "a tensor's offset"),
                asLongs(args.get(2)),
                asLongs(args.get(3)));
    }

    /** {@code ('storage', type, key, device, numel)}, in older files followed by a view of another storage. */
    Storage storage(Object id) {
        if (!(id instanceof Tuple tuple)
                || tuple.items().size() < 5
                || !"storage".equals(tuple.get(0))
                || !(tuple.get(1) instanceof Global storageClass)
                || !storageClass.name.endsWith("Storage")
                || !(tuple.get(2) instanceof String key)) throw in.corrupt("refers to a value that is not a storage");
        long viewOffset = 0;
        if (tuple.get(5) instanceof Tuple view) viewOffset = in.asLong(view.get(1), "a storage view's offset");
        return new Storage(ElementType.ofStorage(storageClass.name), key, viewOffset);
    }

    private long[] asLongs(Object value) {
        List<?> items = value instanceof Tuple tuple ? tuple.items() : value instanceof List<?> list ? list : null;
        if (items == null || items.size() > 64) throw in.corrupt("has a shape that is not a list of integers");
        return items.stream().mapToLong(item -> in.asLong(item, "a shape")).toArray();
    }
}

package dev.mige4j.weights.torch;

import dev.mige4j.tensor.DType;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Safe pickle interpreter: builds strings, numbers, lists, dictionaries and tensor descriptions, and nothing else.
 *
 * <p>A pickle is a program: {@code GLOBAL} names any Python function and {@code REDUCE} calls it. This class accepts
 * only the names in {@link #findClass}, executes nothing, and throws a {@link dev.mige4j.common.WeightsException} for
 * any other name. The number of objects and the size of strings are limited against hostile files. Not supported:
 * extension codes, class instances, out-of-band buffers. Source: Python's {@code pickletools}, protocols 2 to 5;
 * {@code torch._utils}.
 */
final class Unpickler {

    /** Python's {@code None}. */
    static final Object NONE = new Object() {
        @Override
        public String toString() {
            return "None";
        }
    };

    /** Python's {@code tuple}. */
    record Tuple(List<Object> items) {
        /** The item, or {@link #NONE} if there are fewer. */
        Object get(int i) {
            return i < items.size() ? items.get(i) : NONE;
        }
    }

    /** A value that is not needed: a device, a dictionary key that is neither a string nor a number. */
    record Opaque(String description) {}

    /** Elements stored elsewhere in the file; {@code dtype} is null for an untyped storage. */
    record Storage(DType dtype, String key, long numel, long viewOffset) {}

    /** A view of a storage; offset and strides are in elements. */
    record TensorReference(Storage storage, DType dtype, long offset, long[] shape, long[] strides) {}

    private record Global(String module, String name) {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    private static final Object MARK = new Object();
    private static final int MAX_OBJECTS = 2_000_000;
    private static final Map<String, DType> STORAGE_DTYPES = Map.of(
            "DoubleStorage",
            DType.F64,
            "FloatStorage",
            DType.F32,
            "HalfStorage",
            DType.F16,
            "BFloat16Storage",
            DType.BF16,
            "LongStorage",
            DType.I64,
            "IntStorage",
            DType.I32,
            "ShortStorage",
            DType.I16,
            "CharStorage",
            DType.I8,
            "ByteStorage",
            DType.U8,
            "BoolStorage",
            DType.BOOL);
    private static final Map<String, DType> DTYPES = Map.of(
            "float64",
            DType.F64,
            "float32",
            DType.F32,
            "float16",
            DType.F16,
            "bfloat16",
            DType.BF16,
            "int64",
            DType.I64,
            "int32",
            DType.I32,
            "int16",
            DType.I16,
            "int8",
            DType.I8,
            "uint8",
            DType.U8,
            "bool",
            DType.BOOL);

    private final TensorFile file;
    private final PickleReader in;
    private final ArrayList<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private int objectCount;

    /** Reads pickles of the file between the bytes {@code position} and {@code end}. */
    Unpickler(TensorFile file, long position, long end) {
        this.file = file;
        this.in = new PickleReader(file, position, end);
    }

    /** Position of the next byte. */
    long position() {
        return in.position();
    }

    /** Reads one pickle and returns its value. */
    Object load() throws IOException {
        stack.clear();
        memo.clear();
        while (true) {
            int opcode = in.readByte();
            switch (opcode) {
                case '.' -> {
                    if (stack.size() != 1) throw corrupt("ends with " + stack.size() + " values");
                    return pop();
                }
                case 0x80 -> {
                    int protocol = in.readByte();
                    if (protocol > 5) throw corrupt("has protocol " + protocol + ", expected at most 5");
                }
                case 0x95 -> in.skip(8); // FRAME: only a hint for buffering
                case '(' -> push(MARK);
                case '0' -> pop();
                case '1' -> popToMark();
                case 'N' -> push(NONE);
                case 0x88 -> push(true);
                case 0x89 -> push(false);
                case 'I' -> push(in.readInt());
                case 'L' -> push(in.readLong());
                case 'F' -> push(in.readFloat());
                case 'J' -> push((long) (int) in.readLittleEndian(4));
                case 'K' -> push(in.readLittleEndian(1));
                case 'M' -> push(in.readLittleEndian(2));
                case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.readLittleEndian(8))));
                case 0x8a -> push(in.readBigInteger(in.readByte()));
                case 0x8b -> push(in.readBigInteger(in.readLittleEndian(4)));
                case 'V' -> push(in.readLine());
                case 'X' -> push(in.readUtf8(in.readLittleEndian(4)));
                case 0x8c -> push(in.readUtf8(in.readByte()));
                case 0x8d -> push(in.readUtf8(in.readLittleEndian(8)));
                case 'U', 'C' -> push(in.readLatin1(in.readByte()));
                case 'T', 'B' -> push(in.readLatin1(in.readLittleEndian(4)));
                case 0x8e -> push(in.readLatin1(in.readLittleEndian(8)));
                case ')' -> push(new Tuple(List.of()));
                case 't' -> push(new Tuple(popToMark()));
                case 0x85 -> pushTuple(1);
                case 0x86 -> pushTuple(2);
                case 0x87 -> pushTuple(3);
                case ']', 0x8f -> push(new ArrayList<>());
                case 'l', 0x91 -> push(popToMark());
                case 'a' -> {
                    Object item = pop();
                    asList(peek()).add(item);
                }
                case 'e', 0x90 -> {
                    List<Object> items = popToMark();
                    asList(peek()).addAll(items);
                }
                case '}' -> push(new LinkedHashMap<>());
                case 'd' -> {
                    List<Object> items = popToMark();
                    Map<Object, Object> dict = new LinkedHashMap<>();
                    putAll(dict, items);
                    push(dict);
                }
                case 's' -> {
                    Object value = pop(), key = pop();
                    put(asDict(peek()), key, value);
                }
                case 'u' -> {
                    List<Object> items = popToMark();
                    putAll(asDict(peek()), items);
                }
                case 'h' -> push(memoGet(in.readByte()));
                case 'j' -> push(memoGet(in.readLittleEndian(4)));
                case 'g' -> push(memoGet(asLong(in.readLong(), "a memo number")));
                case 'q' -> memoize(in.readByte());
                case 'r' -> memoize(in.readLittleEndian(4));
                case 'p' -> memoize(asLong(in.readLong(), "a memo number"));
                case 0x94 -> memoize(memo.size());
                case 'c' -> push(findClass(in.readLine(), in.readLine()));
                case 0x93 -> {
                    Object name = pop(), module = pop();
                    push(findClass(asString(module), asString(name)));
                }
                case 'R', 0x81 -> {
                    Object arguments = pop(), function = pop();
                    push(reduce(function, arguments));
                }
                case 'b' -> { // BUILD: sets attributes, which are not needed
                    pop();
                    if (!(peek() instanceof Map) && !(peek() instanceof TensorReference))
                        throw corrupt("sets attributes of a value that has none");
                }
                case 'Q' -> push(persistentLoad(pop()));
                default ->
                    throw corrupt(
                            String.format("has the unsupported opcode 0x%02x at byte %d", opcode, position() - 1));
            }
        }
    }

    /** Resolves an allowed name; any other name is an error. */
    private Object findClass(String module, String name) {
        String qualifiedName = module + "." + name;
        if (module.equals("torch") || module.equals("torch.storage")) {
            if (STORAGE_DTYPES.containsKey(name)
                    || name.equals("UntypedStorage")
                    || name.equals("Size")
                    || name.equals("device")) return new Global(module, name);
            if (DTYPES.containsKey(name)) return DTYPES.get(name);
            if (name.endsWith("Storage"))
                throw file.error(
                        "has a storage of type %s, which is not supported", TensorFile.sanitize(qualifiedName));
        }
        return switch (qualifiedName) {
            case "torch._utils._rebuild_tensor",
                    "torch._utils._rebuild_tensor_v2",
                    "torch._utils._rebuild_tensor_v3",
                    "torch._utils._rebuild_parameter",
                    "torch._utils._rebuild_parameter_with_state",
                    "collections.OrderedDict" -> new Global(module, name);
            default ->
                throw file.error(
                        "the pickle refers to '%s', which is not allowed: it could execute code. "
                                + "Only tensors, dictionaries, "
                                + "lists, strings and numbers are read; use a safetensors file, "
                                + "or save the state_dict alone",
                        TensorFile.sanitize(qualifiedName));
        };
    }

    private Object reduce(Object function, Object arguments) {
        if (!(function instanceof Global global) || !(arguments instanceof Tuple args))
            throw corrupt("calls a value that is not a function");
        return switch (global.name) {
            case "OrderedDict" -> {
                Map<Object, Object> dict = new LinkedHashMap<>();
                if (args.get(0) instanceof List<?> pairs)
                    for (Object pair : pairs) {
                        List<?> keyValue =
                                pair instanceof Tuple t ? t.items : pair instanceof List<?> l ? l : List.of();
                        if (keyValue.size() != 2) throw corrupt("builds an OrderedDict from values that are not pairs");
                        put(dict, keyValue.get(0), keyValue.get(1));
                    }
                yield dict;
            }
            case "Size" -> args.get(0) instanceof Tuple sizes ? sizes : args;
            case "device" -> new Opaque("device");
            case "_rebuild_parameter", "_rebuild_parameter_with_state" -> {
                if (!(args.get(0) instanceof TensorReference tensor))
                    throw corrupt("builds a parameter from a value that is not a tensor");
                yield tensor;
            }
            case "_rebuild_tensor", "_rebuild_tensor_v2" -> rebuildTensor(args, null);
            case "_rebuild_tensor_v3" -> {
                if (!(args.get(6) instanceof DType type)) throw corrupt("builds a tensor without a type");
                yield rebuildTensor(args, type);
            }
            default -> throw corrupt("calls " + global + ", which is not a function");
        };
    }

    private TensorReference rebuildTensor(Tuple args, DType dtype) {
        if (!(args.get(0) instanceof Storage storage)) throw corrupt("builds a tensor without a storage");
        if (dtype == null) dtype = storage.dtype;
        if (dtype == null) throw corrupt("builds a tensor without a type");
        return new TensorReference(
                storage,
                dtype,
                asLong(args.get(1), "a tensor's offset"),
                asLongArray(args.get(2)),
                asLongArray(args.get(3)));
    }

    /** {@code ('storage', type, key, device, numel)}, in older files followed by a view of another storage. */
    private Storage persistentLoad(Object id) {
        if (!(id instanceof Tuple tuple)
                || tuple.items.size() < 5
                || !"storage".equals(tuple.get(0))
                || !(tuple.get(1) instanceof Global storageClass)
                || !storageClass.name.endsWith("Storage")
                || !(tuple.get(2) instanceof String key)) throw corrupt("refers to a value that is not a storage");
        long viewOffset = 0;
        if (tuple.get(5) instanceof Tuple view) viewOffset = asLong(view.get(1), "a storage view's offset");
        return new Storage(
                STORAGE_DTYPES.get(storageClass.name), key, asLong(tuple.get(4), "a storage's size"), viewOffset);
    }

    // ---- values ----

    private void put(Map<Object, Object> dict, Object key, Object value) {
        if (++objectCount > MAX_OBJECTS) throw tooMany();
        if (key instanceof String || key instanceof Number || key instanceof Boolean) dict.put(key, value);
        else dict.put(new Opaque("key " + dict.size()), value); // not hashed by content: it may contain itself
    }

    private void putAll(Map<Object, Object> dict, List<Object> items) {
        if (items.size() % 2 != 0) throw corrupt("has a key without a value");
        for (int i = 0; i < items.size(); i += 2) put(dict, items.get(i), items.get(i + 1));
    }

    private long[] asLongArray(Object value) {
        List<?> items = value instanceof Tuple tuple ? tuple.items : value instanceof List<?> list ? list : null;
        if (items == null || items.size() > 64) throw corrupt("has a shape that is not a list of integers");
        return items.stream().mapToLong(item -> asLong(item, "a shape")).toArray();
    }

    private long asLong(Object value, String what) {
        if (value instanceof Long number) return number;
        throw corrupt("has " + what + " that is not an integer");
    }

    private String asString(Object value) {
        if (value instanceof String string) return string;
        throw corrupt("has a name that is not a string");
    }

    @SuppressWarnings("unchecked")
    private List<Object> asList(Object value) {
        if (value instanceof ArrayList<?>) return (List<Object>) value;
        throw corrupt("appends to a value that is not a list");
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> asDict(Object value) {
        if (value instanceof LinkedHashMap<?, ?>) return (Map<Object, Object>) value;
        throw corrupt("sets an item of a value that is not a dictionary");
    }

    // ---- stack and memo ----

    private void push(Object value) {
        if (++objectCount > MAX_OBJECTS) throw tooMany();
        stack.add(value);
    }

    private Object pop() {
        if (stack.isEmpty()) throw corrupt("pops from an empty stack");
        Object top = stack.remove(stack.size() - 1);
        if (top == MARK) throw corrupt("pops from an empty stack");
        return top;
    }

    private Object peek() {
        if (stack.isEmpty()) throw corrupt("pops from an empty stack");
        return stack.get(stack.size() - 1);
    }

    private List<Object> popToMark() {
        int mark = stack.lastIndexOf(MARK);
        if (mark < 0) throw corrupt("has no mark on the stack");
        List<Object> tail = stack.subList(mark + 1, stack.size()), items = new ArrayList<>(tail);
        stack.subList(mark, stack.size()).clear();
        return items;
    }

    private void pushTuple(int n) {
        Object[] items = new Object[n];
        for (int i = n - 1; i >= 0; i--) items[i] = pop();
        push(new Tuple(List.of(items)));
    }

    private void memoize(long key) {
        if (++objectCount > MAX_OBJECTS) throw tooMany();
        memo.put(key, peek());
    }

    private Object memoGet(long key) {
        Object value = memo.get(key);
        if (value == null) throw corrupt("reads a memo that was not written");
        return value;
    }

    private RuntimeException tooMany() {
        return file.error("describes more than %d objects; it is not a weight file", MAX_OBJECTS);
    }

    private RuntimeException corrupt(String problem) {
        return in.corrupt(problem);
    }
}

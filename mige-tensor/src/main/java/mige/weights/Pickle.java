package mige.weights;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.tensor.DType;

/**
 * A pickle interpreter that can build texts, numbers, lists, dictionaries and descriptions of tensors, and nothing else.
 *
 * <p>A pickle is a program: its {@code GLOBAL} names any Python function and {@code REDUCE} calls it. Here a name is looked up in
 * the short table of {@link #known}; every other name ends the reading with a sentence that tells it. Nothing is ever executed.
 * What a hostile file can make grow (objects, stack, memo, text) has a limit. Not read: extension codes, instances of classes,
 * out-of-band buffers. Source: Python's {@code pickletools}, protocols 2 to 5; {@code torch._utils} for the calls.
 */
final class Pickle {

    /** {@code None}. */
    static final Object NONE = new Object() {
        @Override public String toString() {
            return "None";
        }
    };

    /** A tuple, or anything else of fixed length. */
    record Tuple(List<Object> items) {
        Object get(int i) {
            return i < items.size() ? items.get(i) : NONE;
        }
    }

    /** Something of a kind that is neither kept nor run: a device name, a tuple as a key. */
    record Opaque(String what) { }

    /** A run of numbers elsewhere in the file: {@code type} is null when the pickle counts plain bytes. */
    record Storage(DType type, String key, long count, long viewOffset) { }

    /** A view on a storage; offset and strides count numbers. */
    record TensorRef(Storage storage, DType type, long offset, long[] shape, long[] strides) { }

    private record Global(String module, String name) {
        @Override public String toString() {
            return module + "." + name;
        }
    }

    private static final Object MARK = new Object();
    private static final int MOST_OBJECTS = 2_000_000;
    private static final long MOST_TEXT = 64L << 20;
    private static final Map<String, DType> STORAGES = Map.of("DoubleStorage", DType.F64, "FloatStorage", DType.F32,
            "HalfStorage", DType.F16, "BFloat16Storage", DType.BF16, "LongStorage", DType.I64, "IntStorage", DType.I32,
            "ShortStorage", DType.I16, "CharStorage", DType.I8, "ByteStorage", DType.U8, "BoolStorage", DType.BOOL);
    private static final Map<String, DType> DTYPES = Map.of("float64", DType.F64, "float32", DType.F32,
            "float16", DType.F16, "bfloat16", DType.BF16, "int64", DType.I64, "int32", DType.I32,
            "int16", DType.I16, "int8", DType.I8, "uint8", DType.U8, "bool", DType.BOOL);

    private final TensorFile file;
    private final long end;
    private final ByteBuffer window = ByteBuffer.allocate(1 << 16).limit(0);
    private long windowEnd;                                   // where in the file the window ends
    private final ArrayList<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private int objects;
    private long text;

    /** Reads pickles from byte {@code position} of the file on; none may reach beyond {@code end}. */
    Pickle(TensorFile file, long position, long end) {
        this.file = file;
        this.windowEnd = position;
        this.end = end;
    }

    /** Where the next byte would be read. */
    long position() {
        return windowEnd - window.remaining();
    }

    /** Reads one pickle up to its end mark and returns what it describes. */
    Object load() throws IOException {
        stack.clear();
        memo.clear();
        while (true) {
            int code = next();
            switch (code) {
                case '.' -> {
                    if (stack.size() != 1) throw damaged("ends with " + stack.size() + " values");
                    return pop();
                }
                case 0x80 -> {
                    int protocol = next();
                    if (protocol > 5) throw damaged("is of protocol " + protocol + ", expected at most 5");
                }
                case 0x95 -> skip(8);                                                       // FRAME: a hint for readers
                case '(' -> push(MARK);
                case '0' -> pop();
                case '1' -> popToMark();
                case 'N' -> push(NONE);
                case 0x88 -> push(Boolean.TRUE);
                case 0x89 -> push(Boolean.FALSE);
                case 'I' -> push(intLine(line()));
                case 'L' -> push(longLine(line()));
                case 'F' -> push(floatLine(line()));
                case 'J' -> push((long) (int) little(4));
                case 'K' -> push(little(1));
                case 'M' -> push(little(2));
                case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(little(8))));
                case 0x8a -> push(bigInteger(next()));
                case 0x8b -> push(bigInteger(little(4)));
                case 'V' -> push(line());
                case 'X' -> push(utf8(little(4)));
                case 0x8c -> push(utf8(next()));
                case 0x8d -> push(utf8(little(8)));
                case 'U', 'C' -> push(latin1(next()));
                case 'T', 'B' -> push(latin1(little(4)));
                case 0x8e -> push(latin1(little(8)));
                case ')' -> push(new Tuple(List.of()));
                case 't' -> push(new Tuple(popToMark()));
                case 0x85 -> pushTuple(1);
                case 0x86 -> pushTuple(2);
                case 0x87 -> pushTuple(3);
                case ']', 0x8f -> push(new ArrayList<>());
                case 'l', 0x91 -> push(popToMark());
                case 'a' -> {
                    Object item = pop();
                    list(peek()).add(item);
                }
                case 'e', 0x90 -> {
                    List<Object> items = popToMark();
                    list(peek()).addAll(items);
                }
                case '}' -> push(new LinkedHashMap<>());
                case 'd' -> {
                    List<Object> items = popToMark();
                    Map<Object, Object> made = new LinkedHashMap<>();
                    putAll(made, items);
                    push(made);
                }
                case 's' -> {
                    Object value = pop(), key = pop();
                    put(dictionary(peek()), key, value);
                }
                case 'u' -> {
                    List<Object> items = popToMark();
                    putAll(dictionary(peek()), items);
                }
                case 'h' -> push(recall(next()));
                case 'j' -> push(recall(little(4)));
                case 'g' -> push(recall(longOf(longLine(line()), "a memo number")));
                case 'q' -> remember(next());
                case 'r' -> remember(little(4));
                case 'p' -> remember(longOf(longLine(line()), "a memo number"));
                case 0x94 -> remember(memo.size());
                case 'c' -> push(known(line(), line()));
                case 0x93 -> {
                    Object name = pop(), module = pop();
                    push(known(textOf(module), textOf(name)));
                }
                case 'R', 0x81 -> {
                    Object arguments = pop(), function = pop();
                    push(call(function, arguments));
                }
                case 'b' -> {                                                               // attributes of a dictionary: of no use here
                    pop();
                    if (!(peek() instanceof Map) && !(peek() instanceof TensorRef)) throw damaged("sets attributes of something that has none");
                }
                case 'Q' -> push(storage(pop()));
                default -> throw damaged(String.format("has the unknown or refused operation 0x%02x at byte %d", code, position() - 1));
            }
        }
    }

    /** The name as something harmless, or the end of the reading. */
    private Object known(String module, String name) {
        String full = module + "." + name;
        if (module.equals("torch") || module.equals("torch.storage")) {
            if (STORAGES.containsKey(name) || name.equals("UntypedStorage") || name.equals("Size") || name.equals("device")) return new Global(module, name);
            if (DTYPES.containsKey(name)) return DTYPES.get(name);
            if (name.endsWith("Storage")) throw file.bad("holds numbers of type %s, which is not read here", TensorFile.shown(full));
        }
        return switch (full) {
            case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
                 "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "collections.OrderedDict" -> new Global(module, name);
            default -> throw file.bad("the file asks to run '%s'; refused. Only tensors, dictionaries, lists, texts and numbers are read: "
                    + "ask its author for safetensors, or for a file that holds a state_dict alone", TensorFile.shown(full));
        };
    }

    private Object call(Object function, Object arguments) {
        if (!(function instanceof Global global) || !(arguments instanceof Tuple given)) throw damaged("calls something that is no function");
        return switch (global.name) {
            case "OrderedDict" -> {
                Map<Object, Object> made = new LinkedHashMap<>();
                if (given.get(0) instanceof List<?> pairs)
                    for (Object pair : pairs) {
                        List<?> two = pair instanceof Tuple t ? t.items : pair instanceof List<?> l ? l : List.of();
                        if (two.size() != 2) throw damaged("builds an OrderedDict from something else than pairs");
                        put(made, two.get(0), two.get(1));
                    }
                yield made;
            }
            case "Size" -> given.get(0) instanceof Tuple sizes ? sizes : given;
            case "device" -> new Opaque("device");
            case "_rebuild_parameter", "_rebuild_parameter_with_state" -> {
                if (!(given.get(0) instanceof TensorRef tensor)) throw damaged("makes a parameter of something that is no tensor");
                yield tensor;
            }
            case "_rebuild_tensor", "_rebuild_tensor_v2" -> tensor(given, null);
            case "_rebuild_tensor_v3" -> {
                if (!(given.get(6) instanceof DType type)) throw damaged("builds a tensor without a type");
                yield tensor(given, type);
            }
            default -> throw damaged("calls " + global + ", which is no function");
        };
    }

    private TensorRef tensor(Tuple given, DType type) {
        if (!(given.get(0) instanceof Storage storage)) throw damaged("builds a tensor without a storage");
        if (type == null) type = storage.type;
        if (type == null) throw damaged("builds a tensor without a type");
        return new TensorRef(storage, type, longOf(given.get(1), "a tensor's offset"), longs(given.get(2)), longs(given.get(3)));
    }

    /** {@code ('storage', type, key, device, count)}, and in older files a view of another storage behind it. */
    private Storage storage(Object id) {
        if (!(id instanceof Tuple tuple) || tuple.items.size() < 5 || !"storage".equals(tuple.get(0)) || !(tuple.get(1) instanceof Global kind)
                || !(kind.name.endsWith("Storage")) || !(tuple.get(2) instanceof String key))
            throw damaged("refers to something that is no storage");
        long viewOffset = 0;
        if (tuple.get(5) instanceof Tuple view) viewOffset = longOf(view.get(1), "a storage view's offset");
        return new Storage(STORAGES.get(kind.name), key, longOf(tuple.get(4), "a storage's size"), viewOffset);
    }

    // ---- values ----

    private void put(Map<Object, Object> into, Object key, Object value) {
        if (++objects > MOST_OBJECTS) throw tooMany();
        if (key instanceof String || key instanceof Number || key instanceof Boolean) into.put(key, value);
        else into.put(new Opaque("key " + into.size()), value);        // never hashed by content: it could contain itself
    }

    private void putAll(Map<Object, Object> into, List<Object> items) {
        if (items.size() % 2 != 0) throw damaged("has a key without a value");
        for (int i = 0; i < items.size(); i += 2) put(into, items.get(i), items.get(i + 1));
    }

    private long[] longs(Object of) {
        List<?> items = of instanceof Tuple tuple ? tuple.items : of instanceof List<?> list ? list : null;
        if (items == null || items.size() > 64) throw damaged("has a shape that is no list of numbers");
        return items.stream().mapToLong(item -> longOf(item, "a shape")).toArray();
    }

    private long longOf(Object of, String what) {
        if (of instanceof Long number) return number;
        throw damaged("has " + what + " that is no whole number");
    }

    private String textOf(Object of) {
        if (of instanceof String string) return string;
        throw damaged("has a name that is no text");
    }

    @SuppressWarnings("unchecked")
    private List<Object> list(Object of) {
        if (of instanceof ArrayList<?>) return (List<Object>) of;
        throw damaged("appends to something that is no list");
    }

    @SuppressWarnings("unchecked")
    private Map<Object, Object> dictionary(Object of) {
        if (of instanceof LinkedHashMap<?, ?>) return (Map<Object, Object>) of;
        throw damaged("puts into something that is no dictionary");
    }

    // ---- stack and memo ----

    private void push(Object value) {
        if (++objects > MOST_OBJECTS) throw tooMany();
        stack.add(value);
    }

    private Object pop() {
        if (stack.isEmpty()) throw damaged("takes a value that is not there");
        Object top = stack.remove(stack.size() - 1);
        if (top == MARK) throw damaged("takes a value that is not there");
        return top;
    }

    private Object peek() {
        if (stack.isEmpty()) throw damaged("takes a value that is not there");
        return stack.get(stack.size() - 1);
    }

    private List<Object> popToMark() {
        int mark = stack.lastIndexOf(MARK);
        if (mark < 0) throw damaged("takes values that are not there");
        List<Object> tail = stack.subList(mark + 1, stack.size()), items = new ArrayList<>(tail);
        stack.subList(mark, stack.size()).clear();
        return items;
    }

    private void pushTuple(int n) {
        Object[] items = new Object[n];
        for (int i = n - 1; i >= 0; i--) items[i] = pop();
        push(new Tuple(List.of(items)));
    }

    private void remember(long key) {
        if (++objects > MOST_OBJECTS) throw tooMany();
        memo.put(key, peek());
    }

    private Object recall(long key) {
        Object value = memo.get(key);
        if (value == null) throw damaged("recalls a value that was never stored");
        return value;
    }

    // ---- bytes ----

    private int next() throws IOException {
        if (!window.hasRemaining()) {
            long left = end - windowEnd;
            if (left <= 0) throw damaged("ends in the middle; it was probably cut off, fetch it again");
            window.clear().limit((int) Math.min(window.capacity(), left));
            file.readFully(windowEnd, window);
            windowEnd += window.flip().limit();
        }
        return window.get() & 0xFF;
    }

    private void skip(int n) throws IOException {
        for (int i = 0; i < n; i++) next();
    }

    private long little(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) value |= (long) next() << (8 * i);
        return value;
    }

    private byte[] take(long length) throws IOException {
        text += length;
        if (length < 0 || length > end - position() || text > MOST_TEXT)
            throw damaged("claims a text of " + Long.toUnsignedString(length) + " bytes; it was probably cut off, fetch it again");
        byte[] bytes = new byte[(int) length];
        for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) next();
        return bytes;
    }

    private String utf8(long length) throws IOException {
        return new String(take(length), StandardCharsets.UTF_8);
    }

    private String latin1(long length) throws IOException {
        return new String(take(length), StandardCharsets.ISO_8859_1);
    }

    private Object bigInteger(long length) throws IOException {
        if (length > 255) throw damaged("has a number of " + length + " bytes");
        byte[] bytes = take(length);
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
            byte swapped = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swapped;
        }
        return small(bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes));
    }

    private static Object small(BigInteger number) {
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = next(); c != '\n'; c = next()) {
            if (line.length() >= 1000) throw damaged("has a line of more than 1000 letters");
            line.append((char) c);
        }
        return line.toString();
    }

    private Object intLine(String line) {
        return line.equals("00") ? Boolean.FALSE : line.equals("01") ? Boolean.TRUE : longLine(line);
    }

    private Object longLine(String line) {
        try {
            return small(new BigInteger(line.endsWith("L") ? line.substring(0, line.length() - 1) : line));
        } catch (NumberFormatException e) {
            throw damaged("has a number that is none");
        }
    }

    private Object floatLine(String line) {
        try {
            return Double.valueOf(line);
        } catch (NumberFormatException e) {
            throw damaged("has a number that is none");
        }
    }

    private RuntimeException tooMany() {
        return file.bad("describes more than %d objects; this is no file of weights", MOST_OBJECTS);
    }

    private RuntimeException damaged(String how) {
        return file.bad("the pickle inside %s; this is no file of torch.save, or a damaged one", how);
    }
}

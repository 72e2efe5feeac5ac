package dev.mige4j.weights.torch;

import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.torch.TensorReference.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Safe pickle interpreter: builds strings, numbers, lists, dictionaries, tensor descriptions, and a
 * {@link PickledObject} in place of anything else.
 *
 * <p>A pickle is a program: {@code GLOBAL} names any Python class or function and {@code REDUCE} calls it. This class
 * executes nothing; {@link PickleGlobals} knows the few names that describe tensors. The number of objects and the size
 * of strings are limited against hostile files. Not supported: extension codes and out-of-band buffers. Source:
 * Python's {@code pickletools}, protocols 0 to 5.
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

    /** A value that is not needed: a long byte string, a dictionary key that is neither a string nor a number. */
    record Opaque(String description) {
        @Override
        public String toString() {
            return description;
        }
    }

    private static final Object MARK = new Object();
    private static final int MAX_OBJECTS = 2_000_000;

    private final TensorFile file;
    private final PickleReader in;
    private final PickleGlobals globals;
    private final ArrayList<Object> stack = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();
    private final Map<String, Storage> storages = new HashMap<>();
    private int objectCount;

    /** Reads pickles of the file between the bytes {@code position} and {@code end}. */
    Unpickler(TensorFile file, long position, long end) {
        this.file = file;
        this.in = new PickleReader(file, position, end);
        this.globals = new PickleGlobals(in);
    }

    /** Position of the next byte. */
    long position() {
        return in.position();
    }

    /** The storages that the pickles refer to, by key. */
    Map<String, Storage> storages() {
        return Collections.unmodifiableMap(storages);
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
                case '2' -> push(peek());
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
                case 'S' -> push(in.readQuoted());
                case 'V' -> push(in.readLine());
                case 'X' -> push(in.readUtf8(in.readLittleEndian(4)));
                case 0x8c -> push(in.readUtf8(in.readByte()));
                case 0x8d -> push(in.readUtf8(in.readLittleEndian(8)));
                case 'U', 'C' -> push(in.readBytes(in.readByte()));
                case 'T', 'B' -> push(in.readBytes(in.readLittleEndian(4)));
                case 0x8e, 0x96 -> push(in.readBytes(in.readLittleEndian(8)));
                case ')' -> push(new Tuple(List.of()));
                case 't' -> push(new Tuple(popToMark()));
                case 0x85 -> pushTuple(1);
                case 0x86 -> pushTuple(2);
                case 0x87 -> pushTuple(3);
                case ']', 0x8f -> push(new ArrayList<>());
                case 'l', 0x91 -> push(popToMark());
                case 'a' -> append(List.of(pop()));
                case 'e', 0x90 -> append(popToMark());
                case '}' -> push(new LinkedHashMap<>());
                case 'd' -> {
                    List<Object> items = popToMark();
                    Map<Object, Object> dict = new LinkedHashMap<>();
                    putAll(dict, items);
                    push(dict);
                }
                case 's' -> {
                    Object value = pop(), key = pop();
                    putAll(asDict(peek()), List.of(key, value));
                }
                case 'u' -> {
                    List<Object> items = popToMark();
                    putAll(asDict(peek()), items);
                }
                case 'h' -> push(memoGet(in.readByte()));
                case 'j' -> push(memoGet(in.readLittleEndian(4)));
                case 'g' -> push(memoGet(in.asLong(in.readLong(), "a memo number")));
                case 'q' -> memoize(in.readByte());
                case 'r' -> memoize(in.readLittleEndian(4));
                case 'p' -> memoize(in.asLong(in.readLong(), "a memo number"));
                case 0x94 -> memoize(memo.size());
                case 'c' -> push(globals.find(in.readLine(), in.readLine()));
                case 0x93 -> {
                    Object name = pop(), module = pop();
                    push(globals.find(asString(module), asString(name)));
                }
                case 'R', 0x81 -> {
                    Object arguments = pop(), function = pop();
                    push(globals.call(function, arguments));
                }
                case 0x92 -> { // NEWOBJ_EX: class, arguments, keyword arguments
                    Object keywords = pop(), arguments = pop(), type = pop();
                    push(globals.call(type, new Tuple(List.of(arguments, keywords))));
                }
                case 'i' -> push(globals.call(globals.find(in.readLine(), in.readLine()), new Tuple(popToMark())));
                case 'o' -> {
                    List<Object> items = popToMark();
                    if (items.isEmpty()) throw corrupt("builds an object without a class");
                    push(globals.call(items.get(0), new Tuple(items.subList(1, items.size()))));
                }
                case 'b' -> { // BUILD: sets attributes, which only an object keeps
                    Object attributes = pop();
                    if (peek() instanceof PickledObject object) object.parts().add(attributes);
                }
                case 'Q' -> push(persistentLoad(pop()));
                default ->
                    throw corrupt(
                            String.format("has the unsupported opcode 0x%02x at byte %d", opcode, position() - 1));
            }
        }
    }

    /** A storage, or the class that {@code ('module', class, file, source)} of older files refers to. */
    private Object persistentLoad(Object id) {
        if (id instanceof Tuple tuple && "module".equals(tuple.get(0))) return tuple.get(1);
        Storage storage = globals.storage(id);
        storages.putIfAbsent(storage.key(), storage);
        return storage;
    }

    // ---- values ----

    private void append(List<Object> items) {
        if (peek() instanceof PickledObject object) object.parts().addAll(items);
        else asList(peek()).addAll(items);
    }

    private void putAll(Map<Object, Object> dict, List<Object> items) {
        if (items.size() % 2 != 0) throw corrupt("has a key without a value");
        for (int i = 0; i < items.size(); i += 2) {
            if (++objectCount > MAX_OBJECTS) throw tooMany();
            dict.put(toKey(items.get(i), dict.size()), items.get(i + 1));
        }
    }

    /** A key of a dictionary; one that may contain the dictionary is not hashed by content. */
    static Object toKey(Object key, int index) {
        return key instanceof String || key instanceof Number || key instanceof Boolean
                ? key
                : new Opaque("key " + index);
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
        if (value instanceof PickledObject object) return object.entries();
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

package mige.weights;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import mige.tensor.DType;


/**
 * Reads the tensors of a {@code torch.save} file without Python and without running what is in it ({@link Pickle}).
 *
 * <p>Both formats: the archive (a zip with {@code data.pkl} and one stored file a storage, also beyond 4 GB) and the older one
 * (five pickles, then the storages). Offered are the tensors of one dictionary: of the entry {@code state_dict}, or of the top when
 * there is no such entry. What else stands at the top is told by {@link #leftOut} (an optimizer, say) or, when it is a text or a
 * number, by {@link #metadata}. Views, shared storages and transposed tensors are read; sparse, quantised, complex, 8-bit
 * floating-point tensors and TorchScript are not, nor the tar format of 2016.
 */
public final class TorchFile extends TensorFile {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long LARGEST_PICKLE = 256L << 20;

    private final Map<String, String> metadata = new LinkedHashMap<>(), leftOut = new LinkedHashMap<>();
    private final String format;

    private TorchFile(Path path, FileChannel channel, String section) throws IOException {
        super(path, channel);
        ByteBuffer head = ByteBuffer.allocate(2);
        if (size() < 4) throw bad("has %d bytes; it was probably cut off, fetch it again", size());
        readFully(0, head);
        boolean archive = head.get(0) == 'P' && head.get(1) == 'K';
        format = archive ? "torch archive" : "torch legacy";
        if (archive) readArchive(section);
        else readLegacy(section);
    }

    /** The tensors of {@code state_dict}, or of the top when there is no such entry. */
    public static TorchFile open(Path path) {
        return open(path, null);
    }

    /** The tensors of the top-level dictionary entry {@code section}, for instance {@code state_dict_ema}. */
    public static TorchFile open(Path path, String section) {
        return opened(path, channel -> new TorchFile(path, channel, section));
    }

    static boolean looksLike(byte[] head) {
        return head.length > 3 && (head[0] == 'P' && head[1] == 'K' && head[2] <= 6 || (head[0] & 0xFF) == 0x80 && head[1] >= 0 && head[1] <= 5);
    }

    @Override public String format() {
        return format;
    }

    @Override public Map<String, String> metadata() {
        return metadata;
    }

    @Override public Map<String, String> leftOut() {
        return leftOut;
    }

    // ---- the archive ----

    private void readArchive(String section) throws IOException {
        ZipIndex zip = new ZipIndex(this);
        String pickle = zip.names().stream().filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl")).findFirst()
                .orElseThrow(() -> bad("is a zip file without data.pkl, so torch.save did not write it"));
        String root = pickle.substring(0, pickle.length() - "data.pkl".length());
        if (zip.has(root + "byteorder")) {
            ZipIndex.Place place = zip.place(root + "byteorder");
            ByteBuffer order = ByteBuffer.allocate((int) Math.min(16, place.size()));
            readFully(place.offset(), order);
            if (new String(order.array(), StandardCharsets.US_ASCII).startsWith("big")) throw bad("was written on a big-endian machine, which is not read here");
        }
        ZipIndex.Place place = zip.place(pickle);
        if (place.size() > LARGEST_PICKLE) throw bad("has a data.pkl of %d bytes, which is no description of weights", place.size());
        Object top = new Pickle(this, place.offset(), place.offset() + place.size()).load();
        Map<String, ZipIndex.Place> places = new HashMap<>();
        offer(top, section, storage -> {
            String name = root + "data/" + storage.key();
            ZipIndex.Place found = places.get(name);
            if (found == null) {
                found = zip.place(name);
                places.put(name, found);
            }
            return new Room(found.offset(), found.size());
        });
    }

    // ---- the older format ----

    private void readLegacy(String section) throws IOException {
        Pickle pickles = new Pickle(this, 0, Math.min(size(), LARGEST_PICKLE));
        Object magic = pickles.load();
        if (!MAGIC.equals(magic)) throw bad("is a pickle, but not of torch.save; nothing in it is run, so nothing can be read");
        Object version = pickles.load();
        if (!Long.valueOf(1001).equals(version)) throw bad("is of another torch format, expected 1001");
        if (pickles.load() instanceof Map<?, ?> system && Boolean.FALSE.equals(system.get("little_endian")))
            throw bad("was written on a big-endian machine, which is not read here");
        Object top = pickles.load();
        if (!(pickles.load() instanceof List<?> keys)) throw bad("has no list of storages behind its pickle; it is damaged");

        Map<String, Pickle.Storage> known = new HashMap<>();
        visit(top, Collections.newSetFromMap(new IdentityHashMap<>()), tensor -> known.putIfAbsent(tensor.storage().key(), tensor.storage()));
        Map<String, Room> rooms = new HashMap<>();
        long position = pickles.position();
        for (Object key : keys) {
            Pickle.Storage storage = key instanceof String name ? known.get(name) : null;
            if (storage == null || storage.type() == null) {
                if (rooms.size() == known.size()) break;                    // the rest belongs to nothing
                throw bad("has a storage that no tensor uses, so its size is unknown; it is damaged");
            }
            ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            readFully(position, eight);
            long count = eight.flip().getLong(), room = size() - position - 8;
            if (count < 0 || count > room / storage.type().bytes())
                throw bad("claims %s numbers in a storage, but has only %d bytes left; it was probably cut off, fetch it again", Long.toUnsignedString(count), room);
            rooms.put(storage.key(), new Room(position + 8, count * storage.type().bytes()));
            position += 8 + count * storage.type().bytes();
        }
        offer(top, section, storage -> {
            Room room = rooms.get(storage.key());
            if (room == null) throw bad("has no storage '%s', which a tensor needs", shown(storage.key()));
            return room;
        });
    }

    // ---- what both offer ----

    private record Room(long offset, long bytes) { }

    private interface Rooms {
        Room of(Pickle.Storage storage) throws IOException;
    }

    private interface Seen {
        void tensor(Pickle.TensorRef tensor);
    }

    private void offer(Object top, String section, Rooms rooms) throws IOException {
        if (!(top instanceof Map<?, ?> all)) throw bad("holds no dictionary at its top, expected a state_dict");
        String wanted = section != null ? section : "state_dict";
        Map<?, ?> chosen = all;
        if (all.get(wanted) instanceof Map<?, ?> inner) {
            chosen = inner;
            for (Map.Entry<?, ?> other : all.entrySet()) if (!wanted.equals(other.getKey())) tellOf(shown(String.valueOf(other.getKey())), other.getValue());
        } else if (section != null) {
            throw bad("has no entry '%s'; it has %s", shown(section), names(all));
        }
        for (Map.Entry<?, ?> entry : chosen.entrySet()) {
            if (entry.getKey() instanceof String name && entry.getValue() instanceof Pickle.TensorRef tensor) add(place(name, tensor, rooms));
            else tellOf(shown(String.valueOf(entry.getKey())), entry.getValue());
        }
        if (entries().isEmpty() && !all.isEmpty())
            throw bad("has no tensors under '%s' and none at the top; it has the entries %s", wanted, names(all));
    }

    private static String names(Map<?, ?> map) {
        return map.keySet().stream().limit(12).map(key -> "'" + shown(String.valueOf(key)) + "'").collect(Collectors.joining(", ")) + (map.size() > 12 ? ", ..." : "");
    }

    private Entry place(String name, Pickle.TensorRef tensor, Rooms rooms) throws IOException {
        DType type = tensor.type();
        int width = type.bytes();
        Room room = rooms.of(tensor.storage());
        long base = tensor.storage().viewOffset(), held = room.bytes / width, first = base + tensor.offset();
        long count = Entry.countOf(tensor.shape());
        if (tensor.shape().length != tensor.strides().length || count < 0 || count > held)
            throw bad("tensor '%s' has the shape %s and strides %s, but its storage holds %d numbers; it is damaged or was cut off",
                    shown(name), Entry.shapeText(tensor.shape()), Entry.shapeText(tensor.strides()), held);
        long last = first;
        boolean outside = tensor.offset() < 0 || base < 0 || first < 0 || first > held;
        boolean contiguous = true;
        long dense = 1;
        for (int axis = tensor.shape().length - 1; axis >= 0 && !outside; axis--) {
            long size = tensor.shape()[axis], stride = tensor.strides()[axis];
            if (size <= 1) continue;                                          // a stride that is never walked
            if (stride < 0 || stride > held) outside = true;
            else if ((last += (size - 1) * stride) < 0 || last >= held) outside = true;    // both factors < 2^44: no overflow
            contiguous &= stride == dense;
            dense *= size;
        }
        if (count > 0 && (outside || last >= held))
            throw bad("tensor '%s' reaches beyond its storage of %d numbers; it is damaged or was cut off", shown(name), held);
        return new Entry(name, type, tensor.shape(), room.offset + first * width, contiguous || count == 0 ? null : tensor.strides());
    }

    private void tellOf(String name, Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            metadata.put(name, shown(String.valueOf(value)));
            return;
        }
        int[] tensors = {0};
        visit(value, Collections.newSetFromMap(new IdentityHashMap<>()), tensor -> tensors[0]++);
        String kind = value instanceof Pickle.TensorRef ? "a single tensor beside the state_dict"
                : name.startsWith("optimizer") ? "the optimizer's state, needed only to go on with that training"
                : name.contains("scheduler") ? "the state of the learning-rate schedule"
                : name.equals("state_dict_ema") ? "averaged weights, read only on request"
                : "not part of the state_dict";
        leftOut.put(name, tensors[0] > 1 ? kind + " (" + tensors[0] + " tensors)" : kind);
    }

    /** Finds every tensor below {@code value}; what contains itself is visited once. Not recursive: a pickle may nest a million lists. */
    private static void visit(Object value, Set<Object> seen, Seen then) {
        var open = new ArrayDeque<Object>();
        open.add(value);
        while (!open.isEmpty()) {
            Object next = open.pop();
            if (next instanceof Pickle.TensorRef tensor) then.tensor(tensor);
            else if (next instanceof Pickle.Tuple tuple && seen.add(tuple)) open.addAll(tuple.items());
            else if (next instanceof Map<?, ?> map && seen.add(map)) open.addAll(map.values());
            else if (next instanceof List<?> list && seen.add(list)) open.addAll(list);
        }
    }
}

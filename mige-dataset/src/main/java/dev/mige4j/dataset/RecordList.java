package dev.mige4j.dataset;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FileContent;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;

/**
 * The reference's JSON lists of records, with images in files. A list is read once, when it is opened, to check it and
 * to note where each record is; {@link #get} reads only its record. Records that are
 * {@linkplain DatasetRecord#isTooWide too wide} are left out, as in the reference.
 */
public final class RecordList implements RecordReader {

    private static final ObjectReader ITEM_READER =
            Json.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path root;
    private final List<Path> files = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>(); // number of records up to the end of each file
    private long[] offsets = new long[1024];
    private int[] lengths = new int[1024];
    private int size;
    private final MessageDigest content = Sha256.newDigest();
    private String fingerprint;

    private RecordList(Path root) {
        this.root = root;
    }

    /**
     * Opens lists, one after the other.
     *
     * @param root folder to which the paths in the lists are relative
     * @throws UsageException when a list cannot be read, has a record that is not valid, or all are empty
     */
    public static RecordList open(Path root, List<Path> lists) {
        RecordList opened = new RecordList(root);
        for (Path list : lists) {
            opened.scan(list);
            opened.files.add(list);
            opened.ends.add(opened.size);
        }
        if (opened.size == 0) throw new UsageException("The item lists are empty.");
        opened.fingerprint = HexFormat.of().formatHex(opened.content.digest());
        return opened;
    }

    private void scan(Path list) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(list), content);
                JsonParser parser = Json.MAPPER.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_ARRAY
                    || parser.currentLocation().getByteOffset() < 0)
                throw new UsageException("%s is not a JSON list of items in UTF-8.", list);
            for (int item = 1; parser.nextToken() != JsonToken.END_ARRAY; item++) {
                long start = parser.currentTokenLocation().getByteOffset();
                JsonNode json = ITEM_READER.readTree(parser);
                if (!parse(json, list, item).isTooWide())
                    add(start, parser.currentLocation().getByteOffset() - start);
            }
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", list, e);
        } catch (JsonProcessingException e) {
            throw notJson(list, e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read as a list of items: %s", list, e.getMessage(), e);
        }
    }

    private static UsageException notJson(Path list, JsonProcessingException e) {
        return FileContent.recognize(list)
                .filter(content -> !content.isJson())
                .map(content -> new UsageException("%s", content.message(list.toString(), "a JSON list of items")))
                .orElseGet(() -> new UsageException(
                        "%s cannot be read as a list of items: line %d: %s",
                        list, e.getLocation() == null ? 1 : e.getLocation().getLineNr(), e.getOriginalMessage(), e));
    }

    private static DatasetRecord parse(JsonNode json, Path list, int item) {
        try {
            return DatasetRecord.fromJson(json);
        } catch (UsageException e) {
            throw new UsageException("%s, item %d: %s", list, item, e.getMessage(), e);
        }
    }

    private void add(long offset, long length) {
        if (size == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
        }
        offsets[size] = offset;
        lengths[size++] = Math.toIntExact(length);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public StoredRecord get(int index) {
        int file = 0;
        while (ends.get(file) <= index) file++;
        Path list = files.get(file);
        byte[] json = new byte[lengths[index]];
        try (FileChannel channel = FileChannel.open(list)) {
            ByteBuffer buffer = ByteBuffer.wrap(json);
            while (buffer.hasRemaining() && channel.read(buffer, offsets[index] + buffer.position()) >= 0) {
                // reads on until the record is complete
            }
            DatasetRecord record = DatasetRecord.fromJson(Json.MAPPER.readTree(json));
            return new StoredRecord(record, this::read);
        } catch (IOException | UsageException e) {
            throw new UsageException(
                    "%s cannot be read any more (%s); do not change a list that is in use.", list, e.getMessage(), e);
        }
    }

    /** The file of a path in the lists. */
    public Path resolve(String path) {
        return root.resolve(path);
    }

    private byte[] read(String path) {
        Path file = resolve(path);
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new UsageException("%s: there is no such file.", file, e);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage(), e);
        }
    }

    /**
     * Writes a list, one record a line. Nothing is left behind when the iterator throws.
     *
     * @return the number of records
     * @throws UsageException when the file cannot be written
     */
    public static int write(Path file, Iterator<DatasetRecord> records) {
        int[] count = {0};
        AtomicFile.write(file, out -> {
            out.write('[');
            for (; records.hasNext(); count[0]++) {
                out.write((count[0] == 0 ? "\n" : ",\n").getBytes(StandardCharsets.US_ASCII));
                out.write(Json.MAPPER.writeValueAsBytes(records.next().toJson()));
            }
            out.write("\n]\n".getBytes(StandardCharsets.US_ASCII));
        });
        return count[0];
    }
}

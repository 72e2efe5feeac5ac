package dev.mige4j.train.logging;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Writes a TensorBoard event file: records of a length, its checksum, an {@code Event} message, and its checksum.
 *
 * <pre>
 *   record = u64 length | masked crc32c(length) | data | masked crc32c(data)       little-endian
 *   masked(c) = rotate(c, right 15) + 0xa282ead8
 *   Event { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary, 7: SessionLog }
 *   Summary { 1: Value { 1: string tag, 2: float simple_value, 4: Image } }
 *   Image { 1: height, 2: width, 3: colorspace, 4: bytes }
 * </pre>
 *
 * Source: TensorFlow's record_writer.h, event.proto and summary.proto.
 */
public final class TensorBoardWriter implements AutoCloseable {

    private static final int WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5, SESSION_LOG = 7;
    private static final int VALUE = 1, TAG = 1, SIMPLE_VALUE = 2, IMAGE = 4;
    private static final int STATUS = 1, SESSION_START = 1;
    private static final int RGB = 3;

    private final OutputStream out;

    /** Opens a new file; viewers discard the events of earlier files for steps after {@code step}. */
    public TensorBoardWriter(Path folder, long step) throws IOException {
        long seconds = System.currentTimeMillis() / 1000;
        Path file = folder.resolve("events.out.tfevents.%010d.mige".formatted(seconds));
        for (int i = 1; Files.exists(file); i++)
            file = folder.resolve("events.out.tfevents.%010d.mige.%d".formatted(seconds, i));
        out = Files.newOutputStream(file);
        writeEvent(event -> event.writeString(FILE_VERSION, "brain.Event:2"));
        if (step > 0)
            writeEvent(event -> {
                event.writeInt64(STEP, step + 1);
                event.writeByteArray(SESSION_LOG, message(log -> log.writeEnum(STATUS, SESSION_START)));
            });
    }

    /** Writes an event with scalars by tag. */
    public void addScalars(long step, Map<String, Double> scalars) throws IOException {
        byte[] summary = message(s -> {
            for (Map.Entry<String, Double> scalar : scalars.entrySet())
                s.writeByteArray(VALUE, message(value -> {
                    value.writeString(TAG, scalar.getKey());
                    value.writeFloat(SIMPLE_VALUE, scalar.getValue().floatValue());
                }));
        });
        writeSummary(step, summary);
    }

    /** Writes an event with a PNG image. */
    public void addImage(long step, String tag, int width, int height, byte[] png) throws IOException {
        byte[] image = message(i -> {
            i.writeInt32(1, height);
            i.writeInt32(2, width);
            i.writeInt32(3, RGB);
            i.writeBytes(4, ByteString.copyFrom(png));
        });
        writeSummary(
                step,
                message(summary -> summary.writeByteArray(VALUE, message(value -> {
                    value.writeString(TAG, tag);
                    value.writeByteArray(IMAGE, image);
                }))));
    }

    private void writeSummary(long step, byte[] summary) throws IOException {
        writeEvent(event -> {
            event.writeInt64(STEP, step);
            event.writeByteArray(SUMMARY, summary);
        });
    }

    private interface MessageWriter {
        void writeTo(CodedOutputStream message) throws IOException;
    }

    private static byte[] message(MessageWriter writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream coded = CodedOutputStream.newInstance(bytes);
        writer.writeTo(coded);
        coded.flush();
        return bytes.toByteArray();
    }

    private void writeEvent(MessageWriter content) throws IOException {
        byte[] data = message(event -> {
            event.writeDouble(WALL_TIME, System.currentTimeMillis() / 1e3);
            content.writeTo(event);
        });
        byte[] length = littleEndian(8).putLong(data.length).array();
        out.write(length);
        out.write(littleEndian(4).putInt(maskedCrc32c(length)).array());
        out.write(data);
        out.write(littleEndian(4).putInt(maskedCrc32c(data)).array());
        out.flush();
    }

    static int maskedCrc32c(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}

package dev.mige4j.train.logging;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A TensorBoard event file, written by hand: records of a length, its checksum, an {@code Event} message, and its
 * checksum.
 *
 * <pre>
 *   record = u64 length | masked crc32c(length) | data | masked crc32c(data)       little-endian
 *   masked(c) = rotate(c, right 15) + 0xa282ead8
 *   Event { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary, 7: SessionLog }
 *   Summary { 1: Value { 1: string tag, 2: float simple_value, 4: Image { 1: height, 2: width, 3: colorspace, 4: bytes } } }
 * </pre>
 *
 * Source: TensorFlow's record_writer.h, event.proto and summary.proto.
 */
public final class TensorBoardWriter implements AutoCloseable {

    private static final int VARINT = 0, FIXED64 = 1, LENGTH_DELIMITED = 2, FIXED32 = 5;
    private static final int SESSION_START = 1;

    private final OutputStream out;

    /** A new file; viewers drop what earlier files say of steps from {@code step} on. */
    public TensorBoardWriter(Path folder, long step) throws IOException {
        long now = System.currentTimeMillis();
        Path file = folder.resolve("events.out.tfevents.%010d.mige".formatted(now / 1000));
        for (int i = 1; Files.exists(file); i++)
            file = folder.resolve("events.out.tfevents.%010d.mige.%d".formatted(now / 1000, i));
        out = Files.newOutputStream(file);
        write(new ProtobufMessage().secondsAsDouble(1, now).bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)));
        if (step > 0)
            write(new ProtobufMessage()
                    .secondsAsDouble(1, now)
                    .int64(2, step + 1)
                    .message(7, new ProtobufMessage().int64(1, SESSION_START)));
    }

    public void addScalars(long step, Map<String, Double> scalars) throws IOException {
        ProtobufMessage summary = new ProtobufMessage();
        scalars.forEach((name, value) ->
                summary.message(1, new ProtobufMessage().string(1, name).float32(2, value.floatValue())));
        write(newEvent(step).message(5, summary));
    }

    public void addImage(long step, String name, int width, int height, byte[] png) throws IOException {
        ProtobufMessage imageMessage = new ProtobufMessage()
                .int64(1, height)
                .int64(2, width)
                .int64(3, 3)
                .bytes(4, png);
        write(newEvent(step)
                .message(
                        5,
                        new ProtobufMessage()
                                .message(
                                        1, new ProtobufMessage().string(1, name).message(4, imageMessage))));
    }

    private static ProtobufMessage newEvent(long step) {
        return new ProtobufMessage()
                .secondsAsDouble(1, System.currentTimeMillis())
                .int64(2, step);
    }

    private void write(ProtobufMessage event) throws IOException {
        byte[] data = event.buffer.toByteArray();
        byte[] length = littleEndian(8).putLong(data.length).array();
        out.write(length);
        out.write(littleEndian(4).putInt(maskedCrc32c(length)).array());
        out.write(data);
        out.write(littleEndian(4).putInt(maskedCrc32c(data)).array());
        out.flush();
    }

    public static int maskedCrc32c(byte[] data) {
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

    /** A protocol-buffer message in the making. */
    private static final class ProtobufMessage {
        private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();

        ProtobufMessage int64(int field, long value) {
            writeVarint((long) field << 3 | VARINT);
            writeVarint(value);
            return this;
        }

        ProtobufMessage secondsAsDouble(int field, long millis) {
            writeVarint((long) field << 3 | FIXED64);
            buffer.writeBytes(littleEndian(8).putDouble(millis / 1e3).array());
            return this;
        }

        ProtobufMessage float32(int field, float value) {
            writeVarint((long) field << 3 | FIXED32);
            buffer.writeBytes(littleEndian(4).putFloat(value).array());
            return this;
        }

        ProtobufMessage bytes(int field, byte[] value) {
            writeVarint((long) field << 3 | LENGTH_DELIMITED);
            writeVarint(value.length);
            buffer.writeBytes(value);
            return this;
        }

        ProtobufMessage string(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        ProtobufMessage message(int field, ProtobufMessage value) {
            return bytes(field, value.buffer.toByteArray());
        }

        private void writeVarint(long value) {
            while ((value & ~0x7fL) != 0) {
                buffer.write((int) (value & 0x7f | 0x80));
                value >>>= 7;
            }
            buffer.write((int) value);
        }
    }
}

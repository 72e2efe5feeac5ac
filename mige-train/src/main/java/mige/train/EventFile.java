package mige.train;

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
 * A TensorBoard event file, written by hand: records of a length, its checksum, an {@code Event} message, and its checksum.
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
final class EventFile implements AutoCloseable {

    private static final int VARINT = 0, EIGHT_BYTES = 1, BYTES = 2, FOUR_BYTES = 5;
    private static final int SESSION_START = 1;

    private final OutputStream out;

    /** A new file; viewers drop what earlier files say of steps from {@code step} on. */
    EventFile(Path folder, long step) throws IOException {
        long now = System.currentTimeMillis();
        Path file = folder.resolve("events.out.tfevents.%010d.mige".formatted(now / 1000));
        for (int i = 1; Files.exists(file); i++) file = folder.resolve("events.out.tfevents.%010d.mige.%d".formatted(now / 1000, i));
        out = Files.newOutputStream(file);
        write(new Message().seconds(1, now).bytes(3, "brain.Event:2".getBytes(StandardCharsets.UTF_8)));
        if (step > 0) write(new Message().seconds(1, now).number(2, step + 1).message(7, new Message().number(1, SESSION_START)));
    }

    void figures(long step, Map<String, Double> figures) throws IOException {
        Message summary = new Message();
        figures.forEach((name, value) -> summary.message(1, new Message().text(1, name).single(2, value.floatValue())));
        write(event(step).message(5, summary));
    }

    void picture(long step, String name, int width, int height, byte[] png) throws IOException {
        Message image = new Message().number(1, height).number(2, width).number(3, 3).bytes(4, png);
        write(event(step).message(5, new Message().message(1, new Message().text(1, name).message(4, image))));
    }

    private static Message event(long step) {
        return new Message().seconds(1, System.currentTimeMillis()).number(2, step);
    }

    private void write(Message event) throws IOException {
        byte[] data = event.bytes.toByteArray();
        byte[] length = little(8).putLong(data.length).array();
        out.write(length);
        out.write(little(4).putInt(masked(length)).array());
        out.write(data);
        out.write(little(4).putInt(masked(data)).array());
        out.flush();
    }

    static int masked(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    /** A protocol-buffer message in the making. */
    private static final class Message {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
            return this;
        }

        Message seconds(int field, long millis) {
            varint((long) field << 3 | EIGHT_BYTES);
            bytes.writeBytes(little(8).putDouble(millis / 1e3).array());
            return this;
        }

        Message single(int field, float value) {
            varint((long) field << 3 | FOUR_BYTES);
            bytes.writeBytes(little(4).putFloat(value).array());
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | BYTES);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.bytes.toByteArray());
        }

        private void varint(long value) {
            while ((value & ~0x7fL) != 0) {
                bytes.write((int) (value & 0x7f | 0x80));
                value >>>= 7;
            }
            bytes.write((int) value);
        }
    }
}

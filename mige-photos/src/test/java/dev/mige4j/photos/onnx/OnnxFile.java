package dev.mige4j.photos.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes small models in ONNX format: the protocol buffer {@code ModelProto} of onnx.proto, operator set 13. */
public final class OnnxFile {

    /** {@code TensorProto.DataType}. */
    private static final int FLOAT = 1, INT64 = 7;

    private final Message graph = new Message().text(2, "graph");

    /** Adds a float32 input. */
    public OnnxFile input(String name, long... shape) {
        graph.message(11, value(name, FLOAT, shape));
        return this;
    }

    /** Adds an input of whole numbers. */
    public OnnxFile inputOfNumbers(String name, long... shape) {
        graph.message(11, value(name, INT64, shape));
        return this;
    }

    /** Adds a float32 output. */
    public OnnxFile output(String name, long... shape) {
        graph.message(12, value(name, FLOAT, shape));
        return this;
    }

    /** Adds an operator without attributes. */
    public OnnxFile node(String operator, List<String> inputs, String output) {
        return node(operator, inputs, output, null);
    }

    /** Adds an operator; {@code attributes} as {@code axis=1} for a number and {@code axes=[1]} for a list of one. */
    public OnnxFile node(String operator, List<String> inputs, String output, String attributes) {
        Message node = new Message();
        inputs.forEach(name -> node.text(1, name));
        node.text(2, output).text(4, operator);
        if (attributes != null)
            for (String attribute : attributes.split(" ")) {
                String[] parts = attribute.split("=");
                Message message = new Message().text(1, parts[0]);
                if (!parts[1].startsWith("["))
                    message.number(3, Long.parseLong(parts[1])).number(20, 2);
                else {
                    for (String number :
                            parts[1].substring(1, parts[1].length() - 1).split(","))
                        message.number(8, Long.parseLong(number));
                    message.number(20, 7);
                }
                node.message(5, message);
            }
        graph.message(1, node);
        return this;
    }

    /** Adds a constant list of whole numbers. */
    public OnnxFile constant(String name, long... values) {
        Message tensor = new Message().number(1, values.length).number(2, INT64);
        for (long value : values) tensor.number(7, value);
        graph.message(5, tensor.text(8, name));
        return this;
    }

    /** Writes the model. */
    public Path write(Path file) throws IOException {
        Message operators = new Message().text(1, "").number(2, 13);
        return Files.write(
                file,
                new Message()
                        .number(1, 8)
                        .message(7, graph)
                        .message(8, operators)
                        .bytes());
    }

    private static Message value(String name, int type, long... shape) {
        Message dimensions = new Message();
        for (long size : shape)
            dimensions.message(1, size < 0 ? new Message().text(2, "any") : new Message().number(1, size));
        Message tensor = new Message().number(1, type).message(2, dimensions);
        return new Message().text(1, name).message(2, new Message().message(1, tensor));
    }

    /** The fields of a protocol buffer. */
    private static final class Message {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Message text(int field, String text) {
            return bytes(field, text.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message message) {
            return bytes(field, message.bytes());
        }

        private Message bytes(int field, byte[] bytes) {
            varint((long) field << 3 | 2);
            varint(bytes.length);
            out.writeBytes(bytes);
            return this;
        }

        private void varint(long value) {
            for (; (value & ~127L) != 0; value >>>= 7) out.write((int) (value & 127 | 128));
            out.write((int) value);
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}

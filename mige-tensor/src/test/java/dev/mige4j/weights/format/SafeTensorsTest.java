package dev.mige4j.weights.format;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.floatTensor;
import static dev.mige4j.weights.WeightFiles.rawTensor;
import static dev.mige4j.weights.WeightFiles.readAll;
import static dev.mige4j.weights.WeightFiles.readDoubles;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Checkpoint;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsTest {

    @TempDir
    Path folder;

    Path path;

    @BeforeEach
    void setPath() {
        path = folder.resolve("x.safetensors");
    }

    /** Writes a file with this header and {@code dataBytes} zeros of data. */
    private void writeFile(String header, int dataBytes) throws IOException {
        writeFile(header.getBytes(StandardCharsets.UTF_8), header.getBytes(StandardCharsets.UTF_8).length, dataBytes);
    }

    private void writeFile(byte[] header, long headerLength, int dataBytes) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(headerLength).put(header);
        Files.write(path, all.array());
    }

    @Test
    void roundTrips() {
        SafeTensors.write(
                path,
                Map.of("made", "here", "a", "ü"),
                List.of(
                        floatTensor("b", 1, 2, -3),
                        rawTensor("a", DType.U8, new long[] {3, 1}, (byte) 1, (byte) 2, (byte) 255),
                        rawTensor("scalar", DType.BF16, new long[0], (byte) 0x80, (byte) 0x3F),
                        rawTensor("none", DType.I64, new long[] {0, 4})));
        try (TensorFile file = Checkpoint.openFile(path)) {
            assertEquals(Map.of("made", "here", "a", "ü"), file.metadata());
            assertArrayEquals(new double[] {1, 2, -3}, readDoubles(file, "b"));
            assertArrayEquals(new double[] {1, 2, 255}, readDoubles(file, "a"));
            assertArrayEquals(new double[] {1}, readDoubles(file, "scalar"));
            assertArrayEquals(new long[] {0, 4}, file.tensorInfo("none").shape());
            for (TensorInfo info : file.tensorInfos().values())
                assertEquals(0, info.offset() % info.dtype().elementSize(), "aligned: " + info);
        }
    }

    @Test
    void outputDoesNotDependOnTensorOrder() throws IOException {
        var a = floatTensor("a", 1, 2);
        var b = floatTensor("b", 3);
        var c = rawTensor("c", DType.U8, new long[] {1}, (byte) 7);
        SafeTensors.write(path, Map.of("x", "1", "y", "2"), List.of(a, b, c));
        byte[] first = Files.readAllBytes(path);
        Map<String, String> reversed = new LinkedHashMap<>();
        reversed.put("y", "2");
        reversed.put("x", "1");
        SafeTensors.write(path, reversed, List.of(c, b, a));
        assertArrayEquals(first, Files.readAllBytes(path));
        assertEquals(0, ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8);
    }

    @Test
    void leavesNoPartialFileWhenWritingFails() throws IOException {
        Files.writeString(path, "the old file");
        var broken = new SafeTensors.TensorData("b", DType.F32, new long[] {2}, out -> {
            out.write(ByteBuffer.allocate(4));
            throw new IOException("No space left on device");
        });
        var e = assertThrows(
                UsageException.class, () -> SafeTensors.write(path, Map.of(), List.of(floatTensor("a", 1), broken)));
        assertTrue(e.getMessage().contains("x.safetensors: the disk is full"), e.getMessage());
        assertEquals("the old file", Files.readString(path));
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
        var huge = new SafeTensors.TensorData("h", DType.F64, new long[] {1L << 50}, out -> {});
        e = assertThrows(UsageException.class, () -> SafeTensors.write(path, Map.of(), List.of(huge)));
        assertTrue(e.getMessage().contains("needs 9.0 PB, the disk has"), e.getMessage());
        assertThrows(
                IllegalStateException.class,
                () -> SafeTensors.write(
                        path,
                        Map.of(),
                        List.of(new SafeTensors.TensorData("s", DType.F32, new long[] {2}, out -> {}))));
    }

    @Test
    void acceptsGapsAndTrailingBytes() throws IOException {
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}   ";
        byte[] data = {9, 9, 9, 9, 0, 0, (byte) 0xC0, 0x3F, 9, 9, 9, 9, 9, 9, 9, 9};
        ByteBuffer file = ByteBuffer.allocate(8 + header.length() + data.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length())
                .put(header.getBytes(StandardCharsets.UTF_8))
                .put(data);
        Files.write(path, file.array());
        try (TensorFile tensors = SafeTensors.open(path)) {
            assertArrayEquals(new double[] {1.5}, readDoubles(tensors, "a"));
        }
    }

    private static Stream<Arguments> invalidHeaders() {
        return Stream.of(
                arguments(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,12]}}",
                        "tensor 'a' has 12 bytes, but F32 of shape [2] needs 8"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}}",
                        "tensor 'a' has the offsets 0 to 16, but the file has 12 bytes of data"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[-4,0]}}",
                        "tensor 'a' has the offsets -4 to 0"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[8,4]}}", "tensor 'a' has the offsets 8 to 4"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],"
                                + "'data_offsets':[9223372036854775804,9223372036854775807]}}",
                        "tensor 'a' has the offsets"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,99999999999999999999]}}",
                        "tensor 'a' has a data_offsets that is not a list of integers"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}}",
                        "tensor 'a' has 1 data_offsets, expected 2"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}",
                        "tensor 'a' has the invalid shape [-1]"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}}",
                        "tensor 'a' has the invalid shape"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,4]}}",
                        "tensor 'a' has a shape that is not a list of integers"),
                arguments(
                        "{'a':{'dtype':'F32','shape':3,'data_offsets':[0,4]}}",
                        "tensor 'a' has a shape that is not a list"),
                arguments(
                        "{'a':{'dtype':7,'shape':[1],'data_offsets':[0,4]}}",
                        "tensor 'a' has a dtype that is not a string"),
                arguments("{'a':{'shape':[1],'data_offsets':[0,4]}}", "tensor 'a' has no dtype in the header"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'run':'x'}}",
                        "tensor 'a' has an unknown header field 'run'"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
                                + "'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}",
                        "Duplicate"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
                                + "'b':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}}",
                        "tensors 'a' and 'b' overlap"),
                arguments("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}{}", "has more than one JSON value"),
                arguments(
                        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}",
                        "is not the JSON of a safetensors file"),
                arguments("{'a':[[[[[[[[[[]]]]]]]]]]}", "header entry 'a' is not a JSON object"),
                arguments("{'__metadata__':{'a':{'b':1}}}", "metadata 'a' is not a string"),
                arguments("[1,2]", "has a header that is not a JSON object"));
    }

    @ParameterizedTest
    @MethodSource("invalidHeaders")
    void rejectsInvalidHeaders(String header, String message) throws IOException {
        writeFile(header.replace('\'', '"'), 12);
        var e = assertThrows(WeightsException.class, () -> Checkpoint.openFile(path));
        assertTrue(
                e.getMessage().startsWith("x.safetensors: ") && e.getMessage().contains(message), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void rejectsInvalidHeaderLengths(long headerLength) throws IOException {
        writeFile("{}".getBytes(StandardCharsets.UTF_8), headerLength, 0);
        assertWeightsException("x.safetensors: has a header ", () -> SafeTensors.open(path));
    }

    @Test
    void rejectsHeadersThatAreNotText() throws IOException {
        writeFile(new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'}, 7, 0);
        assertWeightsException("is not UTF-8", () -> Checkpoint.openFile(path));
        Files.write(path, new byte[0]);
        assertWeightsException("x.safetensors: is empty", () -> Checkpoint.openFile(path));
        byte[] noise = new byte[4096];
        new Random(3).nextBytes(noise);
        Files.write(path, noise);
        assertThrows(WeightsException.class, () -> Checkpoint.openFile(path));
        writeFile("{\"a\":".repeat(2000), 0);
        assertThrows(WeightsException.class, () -> Checkpoint.openFile(path));
    }

    @Test
    void rejectsEveryTruncation() throws IOException {
        SafeTensors.write(path, Map.of("k", "v"), List.of(floatTensor("a", 1, 2, 3), floatTensor("b", 4)));
        byte[] content = Files.readAllBytes(path);
        for (int length = 0; length < content.length; length++) {
            Files.write(path, Arrays.copyOf(content, length));
            var e = assertThrows(WeightsException.class, () -> readAll(path), "length " + length);
            assertTrue(e.getMessage().startsWith("x.safetensors: "), e.getMessage());
        }
    }

    @Test
    void readsTensorsBeyondTwoGigabytes() throws IOException {
        long offset = (5L << 30) + 8;
        String header =
                "{\"far\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + offset + "," + (offset + 8) + "]}}";
        writeFile(header, 0);
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.seek(8 + header.length() + offset);
            sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        }
        try (TensorFile file = Checkpoint.openFile(path)) {
            assertArrayEquals(new double[] {1, 2}, readDoubles(file, "far"));
        }
    }

    /** A mapped tensor would end the process. */
    @Test
    void readsACopyThatOutlivesAShortenedFile() throws IOException {
        SafeTensors.write(path, Map.of(), Map.of("a", Tensor.ones(400, 500), "scalar", Tensor.full(2.5)));
        try (SafeTensors file = SafeTensors.open(path);
                RandomAccessFile written = new RandomAccessFile(path.toFile(), "rw")) {
            Tensor copy = file.read("a");
            assertEquals(2.5, file.read("scalar").item());
            written.setLength(200);
            assertEquals(200_000, copy.sum().item());
            assertWeightsException("ends unexpectedly", () -> file.read("a"));
        }
    }
}

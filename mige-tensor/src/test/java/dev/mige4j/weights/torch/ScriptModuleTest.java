package dev.mige4j.weights.torch;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.readAll;
import static dev.mige4j.weights.WeightFiles.readDoubles;
import static dev.mige4j.weights.WeightFiles.torchFixture;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive {@code script.pt} was written by {@code torch.jit.save} ({@code make_fixtures.py}). */
class ScriptModuleTest {

    @TempDir
    Path folder;

    @Test
    void readsTheStateDictOfATorchScriptArchive() {
        try (TensorFile file = Checkpoint.openFile(torchFixture("script.pt"))) {
            assertEquals("TorchScript archive", file.format());
            assertEquals(
                    List.of(
                            "scale",
                            "input_resolution",
                            "blocks.0.transposed",
                            "blocks.0.fc.weight",
                            "blocks.1.transposed",
                            "blocks.1.fc.weight",
                            "tied.transposed",
                            "tied.fc.weight"),
                    List.copyOf(file.tensorInfos().keySet()));
            assertEquals(DType.F16, file.tensorInfo("blocks.0.fc.weight").dtype());
            assertArrayEquals(
                    new double[] {-3.099609375, -2.73046875, -2.359375, -1.990234375, -1.6201171875, -1.25},
                    readDoubles(file, "tied.fc.weight"));
            assertArrayEquals(
                    new double[] {-0.88, 0.23, -0.51, 0.6, -0.14, 0.97},
                    readDoubles(file, "blocks.1.transposed"),
                    1e-6);
            assertArrayEquals(new double[] {224}, readDoubles(file, "input_resolution"));
            assertArrayEquals(new double[] {2.5}, readDoubles(file, "scale"));
            assertEquals("64", file.metadata().get("width"));
            assertEquals(
                    "an object of torch.jit._pickle.build_intlist, which was not built",
                    file.skipped().get("sizes"));
        }
    }

    @Test
    void survivesCorruptBytesOfATorchScriptArchive() throws IOException {
        byte[] content = Files.readAllBytes(torchFixture("script.pt"));
        Path damaged = folder.resolve("damaged.pt");
        Random random = new Random(1);
        for (int position = 0; position < content.length; position += 29) {
            byte[] changed = content.clone();
            changed[position] = (byte) random.nextInt();
            Files.write(damaged, changed);
            try {
                readAll(damaged);
            } catch (WeightsException expected) {
                assertTrue(expected.getMessage().startsWith("damaged.pt: "), expected.getMessage());
            }
        }
    }

    @Test
    void rejectsModulesThatContainThemselves() throws IOException {
        // m.child = m
        String pickle = module("a") + "q\1}(" + TorchFiles.string("child") + "h\1ub";
        Path file = TorchFiles.write(folder.resolve("loop.pt"), pickle);
        assertWeightsException(
                "loop.pt: nests modules more than 100 deep; it is not a TorchScript model",
                () -> Checkpoint.openFile(file));
    }

    @Test
    void rejectsModulesThatShareEachOtherTooOften() throws IOException {
        // each of 60 modules has the one before it twice, so that 2^60 paths lead to the first
        StringBuilder pickle = new StringBuilder(module("a") + "q\0");
        for (int depth = 0; depth < 60; depth++)
            pickle.append("0" + module("b") + "}(" + TorchFiles.string("l") + "h\0" + TorchFiles.string("r") + "h\0ub")
                    .append("q\0");
        Path file = TorchFiles.write(folder.resolve("doubling.pt"), pickle.toString());
        assertWeightsException("doubling.pt: shares modules among too many others", () -> Checkpoint.openFile(file));
    }

    @Test
    void reportsAModuleWithoutTensors() throws IOException {
        Path file = TorchFiles.write(folder.resolve("empty.pt"), module("a") + "}b");
        assertWeightsException("empty.pt: holds an empty dictionary", () -> Checkpoint.openFile(file));
    }

    private static String module(String className) {
        return "c__torch__\n" + className + "\n)\u0081";
    }
}

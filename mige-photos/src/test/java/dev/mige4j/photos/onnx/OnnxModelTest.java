package dev.mige4j.photos.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelTest {

    @TempDir
    Path folder;

    private OnnxModel sum() throws IOException {
        return OnnxModel.open(new OnnxFile()
                .input("a", -1, 2)
                .input("b", -1, 2)
                .output("sum", -1, 2)
                .output("product", -1, 2)
                .node("Add", List.of("a", "b"), "sum")
                .node("Mul", List.of("a", "b"), "product")
                .write(folder.resolve("sum.onnx")));
    }

    @Test
    void computesTheWantedOutputs() throws IOException {
        try (OnnxModel model = sum()) {
            assertEquals(List.of("a", "b"), model.inputs());
            assertEquals(List.of("sum", "product"), model.outputs());
            assertArrayEquals(new long[] {-1, 2}, model.inputShape("a"));
            Map<String, FloatTensor> outputs = model.run(
                    Map.of(
                            "a", FloatTensor.of(new float[] {1, 2, 3, 4}, 2, 2),
                            "b", FloatTensor.of(new float[] {10, 20, 30, 40}, 2, 2)),
                    List.of("sum"));
            assertEquals(List.of("sum"), List.copyOf(outputs.keySet()));
            assertArrayEquals(new float[] {11, 22, 33, 44}, outputs.get("sum").values());
            assertArrayEquals(new long[] {2, 2}, outputs.get("sum").shape());
        }
    }

    @Test
    void saysWhichInputsAndOutputsThereAre() throws IOException {
        try (OnnxModel model = sum()) {
            assertMessage("the model has the inputs [a, b], expected also 'c'.", () -> model.inputShape("c"));
            assertMessage(
                    "the model has the outputs [sum, product], expected also 'mask'.",
                    () -> model.run(Map.of(), List.of("mask")));
            assertEquals(
                    "The model's input 'a' has the shape [-1, 2], expected [1, 3, side, side].",
                    assertThrows(WeightsException.class, () -> model.imageSide("a", 320))
                            .getMessage());
        }
    }

    @Test
    void refusesWhatIsNoModelOfFloat32() throws IOException {
        Path text = Files.writeString(folder.resolve("text.onnx"), "no model");
        Path whole = new OnnxFile()
                .inputOfNumbers("a", 1)
                .output("b", 1)
                .node("Cast", List.of("a"), "b", "to=1")
                .write(folder.resolve("whole.onnx"));
        assertMessage("there is no such file; expected a model in ONNX format.", () -> OnnxModel.open(folder));
        assertTrue(assertThrows(WeightsException.class, () -> OnnxModel.open(text))
                .getMessage()
                .startsWith(text + ": ONNX Runtime cannot open the model: "));
        assertTrue(assertThrows(WeightsException.class, () -> OnnxModel.open(whole))
                .getMessage()
                .contains("expected a tensor of float32"));
    }

    /** Loads this module's classes anew, and none of ONNX Runtime. */
    private static final class WithoutOnnxRuntime extends ClassLoader {

        WithoutOnnxRuntime() {
            super(OnnxModelTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("ai.onnxruntime.")) throw new ClassNotFoundException(name);
            if (!name.startsWith("dev.mige4j.photos.onnx.")) return super.loadClass(name, resolve);
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    void saysHowToInstallOnnxRuntime() throws ReflectiveOperationException {
        Method open =
                new WithoutOnnxRuntime().loadClass(OnnxModel.class.getName()).getMethod("open", Path.class);
        Path file = folder.resolve("a.onnx");
        Throwable error = assertThrows(InvocationTargetException.class, () -> open.invoke(null, file))
                .getCause();
        assertEquals(UsageException.class, error.getClass());
        assertTrue(error.getMessage().contains("start with MIGE_PROFILES=onnx"), error.getMessage());
    }

    private static void assertMessage(String message, Executable work) {
        String text = assertThrows(WeightsException.class, work).getMessage();
        assertTrue(text.endsWith(": " + message), text);
    }
}

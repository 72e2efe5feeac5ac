package dev.mige4j.weights.format;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static dev.mige4j.weights.WeightFiles.floatTensor;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.WeightFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Int8QuantizationTest {

    @TempDir
    Path folder;

    private Path write(SafeTensors.TensorData weight, SafeTensors.TensorData... others) {
        Path path = folder.resolve("model.safetensors");
        List<SafeTensors.TensorData> tensors = new ArrayList<>(List.of(others));
        tensors.addAll(Int8Quantization.quantize(weight));
        SafeTensors.write(path, Map.of(), tensors);
        return path;
    }

    @Test
    void eachRowIsScaledByItsLargestValue() {
        Path path = write(floatTensor("a.weight", new long[] {3, 2}, 254, -3, -0.5f, 0.25f, 0, 0));
        try (SafeTensors file = SafeTensors.open(path)) {
            assertArrayEquals(new double[] {127, -1, -127, 64, 0, 0}, WeightFiles.readDoubles(file, "a.weight"));
            assertArrayEquals(new double[] {2, 0.5f / 127, 0}, WeightFiles.readDoubles(file, "a.weight_scale"), 1e-9);
            assertEquals(
                    "a.weight_scale F32 [3, 1]",
                    file.tensorInfo("a.weight_scale").toString());
        }
    }

    @Test
    void scalesFollowTheirWeightAndOtherTensorsStayAligned() {
        Path path = write(floatTensor("a.weight", new long[] {1, 3}, 1, 2, 3), floatTensor("b", 7));
        try (SafeTensors file = SafeTensors.open(path)) {
            assertEquals(
                    List.of("b", "a.weight", "a.weight_scale"),
                    List.copyOf(file.tensorInfos().keySet()));
            assertEquals(3f / 127, file.tensor("a.weight_scale").item(), 1e-9);
        }
    }

    @Test
    void linearComputesTheProductWithTheDequantizedWeightInEveryTypeAndInBlocks() {
        int in = 48, out = 5000; // more rows than a block has
        Tensor weight = Rng.forName(1, "weight").normal(out, in),
                bias = Rng.forName(1, "bias").normal(out);
        Path path = folder.resolve("model.safetensors");
        List<SafeTensors.TensorData> tensors =
                new ArrayList<>(Int8Quantization.quantize(SafeTensors.TensorData.of("weight", weight)));
        tensors.add(SafeTensors.TensorData.of("bias", bias));
        SafeTensors.write(path, Map.of(), tensors);
        Tensor x = Rng.forName(1, "x").normal(2, 3, in);
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            Linear linear = new Linear(checkpoint.weights(), in, out);
            assertEquals(Set.of(), checkpoint.report().unexpected().keySet());
            Tensor dequantized = checkpoint
                    .get("weight", Init.ZEROS, out, in)
                    .to(DType.F32)
                    .mul(checkpoint.get("weight_scale", Init.ONES, out, 1));
            Tensor expected = x.linear(dequantized, bias), result = linear.forward(x);
            assertArrayEquals(new long[] {2, 3, out}, result.shape());
            assertTrue(relativeError(result, expected) < 1e-6);
            Tensor rounded = linear.forward(x.to(DType.BF16));
            assertEquals(DType.BF16, rounded.dtype());
            assertTrue(relativeError(rounded.to(DType.F32), expected) < 5e-3);
            assertTrue(relativeError(result, x.linear(weight, bias)) < 0.01);
        }
    }

    @Test
    void aReaderThatIgnoresTheScalesIsRefused() {
        Path path = write(floatTensor("a.weight", new long[] {1, 2}, 1, 2));
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertWeightsException(
                    "model.safetensors: tensor 'a.weight' has the dtype I8",
                    () -> checkpoint.weights().at("a").get("weight", Init.ZEROS, 1, 2));
            ShapeRecorder shapes = new ShapeRecorder();
            shapes.weights().get("a.weight", Init.ZEROS, 1, 2);
            assertEquals(
                    Set.of("a.weight"), checkpoint.compare(shapes).missing().keySet());
        }
    }

    @Test
    void theReportOfALinearLayerCountsTheScalesAsUsed() {
        Path path = write(floatTensor("a.weight", new long[] {1, 2}, 1, 2));
        ShapeRecorder shapes = new ShapeRecorder();
        Linear.withoutBias(shapes.weights().at("a"), 2, 1);
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            assertEquals(
                    "2 used, 0 remapped, 0 missing, 0 unexpected",
                    checkpoint.compare(shapes).summary());
        }
    }

    private static double relativeError(Tensor a, Tensor b) {
        return Math.sqrt(a.sub(b).pow(2).sum().item() / b.pow(2).sum().item());
    }
}

package dev.mige4j.photos.onnx;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A model in ONNX format whose inputs and outputs are float32. It computes on the CPU, with one thread for each call,
 * so that the result does not depend on the number of processors; calls may come from several threads.
 */
public interface OnnxModel extends AutoCloseable {

    /**
     * Opens a model.
     *
     * @throws WeightsException when the file is missing or damaged, or an input or output is not float32
     * @throws UsageException when ONNX Runtime is not on the class path
     */
    static OnnxModel open(Path file) {
        try {
            return OrtModel.open(file);
        } catch (NoClassDefFoundError e) {
            throw new UsageException(
                    "ONNX Runtime, which runs %s, is not installed; start with MIGE_PROFILES=onnx, or add "
                            + "com.microsoft.onnxruntime:onnxruntime to the class path.",
                    file, e);
        }
    }

    /** The names of the inputs, in the order of the model. */
    List<String> inputs();

    /** The names of the outputs, in the order of the model. */
    List<String> outputs();

    /**
     * The shape of an input; -1 where any size is accepted.
     *
     * @throws WeightsException when the model has no such input
     */
    long[] inputShape(String name);

    /**
     * The side of the square images that an input takes.
     *
     * @param fallback the side if the model accepts any
     * @throws WeightsException when the model has no such input, or its shape is not [1, 3, side, side]
     */
    default int imageSide(String name, int fallback) {
        long[] shape = inputShape(name);
        if (shape.length != 4 || Math.abs(shape[0]) != 1 || shape[1] != 3 || shape[2] != shape[3] || shape[2] > 4096)
            throw new WeightsException(
                    "The model's input '%s' has the shape %s, expected [1, 3, side, side].",
                    name, Arrays.toString(shape));
        return shape[2] < 0 ? fallback : (int) shape[2];
    }

    /**
     * Computes some of the outputs.
     *
     * @param inputs a tensor for each input
     * @param wanted names of outputs
     * @return the outputs by name, in the order of {@code wanted}
     * @throws WeightsException when the model has no such output, or cannot be computed with these inputs
     */
    Map<String, FloatTensor> run(Map<String, FloatTensor> inputs, List<String> wanted);

    @Override
    void close();
}

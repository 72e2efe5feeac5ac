package dev.mige4j.photos.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model in ONNX format whose inputs and outputs are float32. It computes on the CPU, with one thread for each call,
 * so that the result does not depend on the number of processors; calls may come from several threads.
 */
public final class OnnxModel implements AutoCloseable {

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Map<String, long[]> inputs, outputs;

    private OnnxModel(Path file, OrtEnvironment environment, OrtSession session) throws OrtException {
        this.file = file;
        this.environment = environment;
        this.session = session;
        inputs = shapes(session.getInputInfo());
        outputs = shapes(session.getOutputInfo());
    }

    /**
     * Opens a model.
     *
     * @throws WeightsException when the file is missing or damaged, or an input or output is not float32
     * @throws UsageException when ONNX Runtime is not on the class path
     */
    public static OnnxModel open(Path file) {
        if (!Files.isRegularFile(file))
            throw new WeightsException("%s: there is no such file; expected a model in ONNX format.", file);
        try {
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "mige4j");
            environment.setTelemetry(false);
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                return new OnnxModel(file, environment, environment.createSession(file.toString(), options));
            }
        } catch (OrtException e) {
            throw new WeightsException(
                    "%s: ONNX Runtime cannot open the model: %s", file, firstLine(e.getMessage()), e);
        } catch (NoClassDefFoundError e) {
            throw new UsageException(
                    "ONNX Runtime, which runs %s, is not installed; start with MIGE_PROFILES=onnx, or add "
                            + "com.microsoft.onnxruntime:onnxruntime to the class path.",
                    file, e);
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("unknown error");
    }

    private Map<String, long[]> shapes(Map<String, NodeInfo> nodes) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        nodes.forEach((name, node) -> {
            if (!(node.getInfo() instanceof TensorInfo tensor) || tensor.type != OnnxJavaType.FLOAT)
                throw new WeightsException("%s: '%s' is %s, expected a tensor of float32.", file, name, node.getInfo());
            shapes.put(name, tensor.getShape());
        });
        return shapes;
    }

    /** The names of the inputs, in the order of the model. */
    public List<String> inputs() {
        return List.copyOf(inputs.keySet());
    }

    /** The names of the outputs, in the order of the model. */
    public List<String> outputs() {
        return List.copyOf(outputs.keySet());
    }

    /**
     * The shape of an input; -1 where any size is accepted.
     *
     * @throws WeightsException when the model has no such input
     */
    public long[] inputShape(String name) {
        if (!inputs.containsKey(name))
            throw new WeightsException("%s: the model has the inputs %s, expected also '%s'.", file, inputs(), name);
        return inputs.get(name).clone();
    }

    /**
     * The side of the square images that an input takes.
     *
     * @param fallback the side if the model accepts any
     * @throws WeightsException when the model has no such input, or its shape is not [1, 3, side, side]
     */
    public int imageSide(String name, int fallback) {
        long[] shape = inputShape(name);
        if (shape.length != 4 || Math.abs(shape[0]) != 1 || shape[1] != 3 || shape[2] != shape[3] || shape[2] > 4096)
            throw new WeightsException(
                    "%s: the input '%s' has the shape %s, expected [1, 3, side, side].",
                    file, name, Arrays.toString(shape));
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
    public Map<String, FloatTensor> run(Map<String, FloatTensor> inputs, List<String> wanted) {
        for (String name : wanted)
            if (!outputs.containsKey(name))
                throw new WeightsException(
                        "%s: the model has the outputs %s, expected also '%s'.", file, outputs(), name);
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, FloatTensor> input : inputs.entrySet()) {
                FloatTensor tensor = input.getValue();
                tensors.put(
                        input.getKey(),
                        OnnxTensor.createTensor(environment, FloatBuffer.wrap(tensor.values()), tensor.shape()));
            }
            try (OrtSession.Result result = session.run(tensors, Set.copyOf(wanted))) {
                Map<String, FloatTensor> values = new LinkedHashMap<>();
                for (String name : wanted)
                    values.put(name, copy(result.get(name).orElseThrow()));
                return values;
            }
        } catch (OrtException e) {
            throw new WeightsException("%s: the model cannot be computed: %s", file, firstLine(e.getMessage()), e);
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private static FloatTensor copy(OnnxValue value) {
        OnnxTensor tensor = (OnnxTensor) value;
        return FloatTensor.of(tensor.getFloatBuffer().array(), tensor.getInfo().getShape());
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new WeightsException("%s: the model cannot be closed: %s", file, firstLine(e.getMessage()), e);
        }
    }
}

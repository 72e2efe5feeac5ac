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
import dev.mige4j.common.WeightsException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A model that ONNX Runtime computes on the CPU, with one thread for each call. */
final class OrtModel implements OnnxModel {

    private final Path file;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final Map<String, long[]> inputs, outputs;

    private OrtModel(Path file, OrtEnvironment environment, OrtSession session) throws OrtException {
        this.file = file;
        this.environment = environment;
        this.session = session;
        inputs = shapes(session.getInputInfo());
        outputs = shapes(session.getOutputInfo());
    }

    static OrtModel open(Path file) {
        if (!Files.isRegularFile(file))
            throw new WeightsException("%s: there is no such file; expected a model in ONNX format.", file);
        try {
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "mige4j");
            environment.setTelemetry(false);
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(1);
                options.setInterOpNumThreads(1);
                return new OrtModel(file, environment, environment.createSession(file.toString(), options));
            }
        } catch (OrtException e) {
            throw new WeightsException(
                    "%s: ONNX Runtime cannot open the model: %s", file, firstLine(e.getMessage()), e);
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

    @Override
    public List<String> inputs() {
        return List.copyOf(inputs.keySet());
    }

    @Override
    public List<String> outputs() {
        return List.copyOf(outputs.keySet());
    }

    @Override
    public long[] inputShape(String name) {
        if (!inputs.containsKey(name))
            throw new WeightsException("%s: the model has the inputs %s, expected also '%s'.", file, inputs(), name);
        return inputs.get(name).clone();
    }

    @Override
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

package dev.mige4j.train.initialization;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainedInitializationTest {

    @Test
    void aQuantizedModelCannotBeTrained(@TempDir Path folder) throws Exception {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.writeString(model.resolve(ModelFolder.CONFIG), ModelConfig.TINY.toJson());
        SafeTensors.write(
                model.resolve(ModelFolder.T5),
                Map.of(),
                Int8Quantization.quantize(SafeTensors.TensorData.of("weight", Tensor.ones(2, 2))));
        var initialization = new PretrainedInitialization("model", "", "");
        assertEquals(
                model + ": has weights in int8, which cannot be trained; convert the model without --quantize.",
                assertThrows(UsageException.class, () -> initialization.load(null, folder, 0))
                        .getMessage());
    }
}

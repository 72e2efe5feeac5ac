package dev.mige4j.train.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.MigeTrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainConfigsTest {

    @TempDir
    Path folder;

    private MigeTrainingConfig load(String json) throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), json.replace('\'', '"'));
        return TrainConfigs.load("mige", file, MigeTrainingConfig.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {'trainer': null} | 'trainer' is null
                    {'data': null} | 'data' is null
                    {'loss': null} | 'loss' is null
                    {'seed': null} | 'seed' is null
                    {'trainer': {'emaDecay': null}} | 'trainer.emaDecay' is null
                    {'trainer': {'parameterGroups': null}} | 'trainer.parameterGroups' is null
                    {'trainer': {'parameterGroups': [null]}} | 'trainer.parameterGroups' has an element that is null
                    {'trainer': {'parameterGroups': [{'parameters': [null]}]}} | has an element that is null
                    {'data': {'groupWeights': {'edit': null}}} | 'data.groupWeights' has an element that is null
                    {'network': {'frozenPrefixes': [null]}} | 'network.frozenPrefixes' has an element that is null
                    """)
    void refusesNullWhereItMeansNothing(String json, String message) {
        String actual = assertThrows(UsageException.class, () -> load(json)).getMessage();
        assertTrue(actual.contains("The key " + message) || actual.endsWith(message + "."), actual);
    }

    @Test
    void takesNullWhereItsDescriptionSaysWhatItMeans() throws IOException {
        MigeTrainingConfig config = load("{'lora': null, 'trainer': {'earlyStopping': null}, 'data': {'seed': null}}");
        assertNull(config.lora());
        assertNull(config.trainer().earlyStopping());
    }

    /** Each of them would let a training run, to a result that nobody wants. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {'trainer': {'maxGradNorm': -1}} | trainer.maxGradNorm is -1.0, expected at least 0.
                    {'trainer': {'maxGradNorm': 'NaN'}} | trainer.maxGradNorm is NaN, expected at least 0.
                    {'trainer': {'schedule': {'learningRate': 1e999}}} | learningRate Infinity
                    {'trainer': {'optimizer': {'beta1': 1}}} | beta1 1.0
                    {'trainer': {'optimizer': {'beta2': -0.1}}} | beta2 -0.1
                    {'trainer': {'optimizer': {'eps': 0}}} | eps 0.0
                    {'trainer': {'optimizer': {'weightDecay': -1}}} | weightDecay -1.0
                    {'trainer': {'parameterGroups': [{'parameters': ['*'], 'learningRateFactor': 1e999}]}} | Infinity
                    {'data': {'groupWeights': {'edit': -1}}} | data.groupWeights of 'edit' is -1.0
                    {'auxiliary': {'warmupSamples': -1}} | auxiliary.warmupSamples is -1
                    """)
    void refusesNumbersThatMakeNoSense(String json, String message) {
        String actual = assertThrows(UsageException.class, () -> load(json)).getMessage();
        assertTrue(actual.contains(message), actual);
        assertEquals(1, actual.lines().count());
    }
}

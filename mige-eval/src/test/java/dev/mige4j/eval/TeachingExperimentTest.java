package dev.mige4j.eval;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.teach.TeachingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeachingExperimentTest {

    private static final TeachingConfig TEACHING = TeachingConfig.of("subject", false);

    @TempDir
    Path folder;

    private String refusal(String model, TeachingConfig teaching) {
        var start = new TeachingExperiment.Start(model, teaching);
        return assertThrows(UsageException.class, () -> start.note(folder)).getMessage();
    }

    @Test
    void onlyTheSameExperimentGoesOnInAFolder() throws Exception {
        var start = new TeachingExperiment.Start("0123456789abcdef", TEACHING);
        start.note(folder);
        start.note(folder);
        assertTrue(refusal("0123456789abcdef", TEACHING.withMinutes(1)).contains("other options of teaching"));
        assertTrue(refusal("fedcba9876543210", TEACHING).contains("another model"));
        Files.writeString(folder.resolve(TeachingExperiment.Start.FILE_NAME), "{}");
        assertTrue(refusal("0123456789abcdef", TEACHING).contains("experiment.json"));
    }
}

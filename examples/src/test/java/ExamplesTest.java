import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.langchain4j.MigeImageModel;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.springai.MigeSpringImageModel;
import dev.mige4j.task.InstructionEdit;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs each example with a tiny random model, so that it takes milliseconds. */
class ExamplesTest {

    static final Mige MIGE = Mige.random(1);

    @TempDir
    Path folder;

    @AfterAll
    static void close() {
        MIGE.close();
    }

    private String instructionIn(String file) {
        return Recipe.read(folder.resolve(file)).instruction();
    }

    @Test
    void firstImageSavesAnImageWithItsRecipe() {
        FirstImage.generate(
                MIGE, InstructionEdit.of("make it night", SampleImage.read("meadow")), folder.resolve("night.png"));
        assertEquals("make it night", instructionIn("night.png"));
    }

    @Test
    void langChain4jExampleGeneratesAndEdits() throws IOException {
        LangChain4jExample.run(new MigeImageModel(MIGE), folder);
        assertEquals("a red car on a beach", instructionIn("car.png"));
        assertEquals("make it night", instructionIn("night.png"));
    }

    @Test
    void springAiExampleGeneratesAndEdits() throws IOException {
        SpringAiExample.run(new MigeSpringImageModel(MIGE), folder);
        assertEquals("a red car on a beach", instructionIn("car.png"));
        assertEquals("make it night", instructionIn("night.png"));
    }
}

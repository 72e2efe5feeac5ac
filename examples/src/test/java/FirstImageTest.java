import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.task.InstructionEdit;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example does what its first sentence says; with a tiny random model, since CI runs it with the real one. */
class FirstImageTest {

    @Test
    void writesAnImageWithItsRecipe(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("night.png");
        try (Mige mige = Mige.random(1)) {
            FirstImage.generate(
                    mige, InstructionEdit.of("make it night", FirstImage.sample("meadow")), file.toString());
        }
        assertEquals(
                "make it night", Recipe.fromPngText(ImageFile.textChunks(file)).instruction());
    }
}

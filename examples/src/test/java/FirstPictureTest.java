import static org.junit.jupiter.api.Assertions.assertEquals;

import mige.pipeline.Mige;
import mige.pipeline.Recipe;
import mige.image.PictureFile;
import mige.task.InstructionEdit;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example does what its first sentence says; with a tiny random model, since CI runs it with the real one. */
class FirstPictureTest {

    @Test void writesAPictureWithItsRecipe(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("night.png");
        try (Mige mige = Mige.random(1)) {
            FirstPicture.make(mige, InstructionEdit.of("make it night", FirstPicture.sample("meadow")), file.toString());
        }
        assertEquals("make it night", Recipe.fromText(PictureFile.texts(file)).instruction());
    }
}

package consumer;

import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.InstructionEdit;
import java.nio.file.Path;

/** Edits one image with the embedded model. */
public final class Night {

    public static void main(String[] args) {
        try (Mige mige = Mige.embedded()) {
            Image photo = Image.filled(128, 128, 0x60a0e0);
            mige.generate(InstructionEdit.of("make it night", photo), Settings.DEFAULT)
                    .get(0)
                    .save(Path.of(args[0]));
        }
    }
}

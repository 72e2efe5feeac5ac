import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.nio.file.Path;

/**
 * Edits an image, and places a subject into a new one. From a clone: {@code java -cp "$(./mige class-path)"
 * examples/src/main/java/FirstImage.java [PHOTO [SUBJECT]]}.
 */
public class FirstImage {

    public static void main(String[] args) {
        Image photo = args.length > 0 ? Image.read(Path.of(args[0])) : SampleImage.read("meadow");
        Image subject = args.length > 1 ? Image.read(Path.of(args[1])) : SampleImage.read("dog");

        try (Mige mige = Mige.embedded()) {
            generate(mige, InstructionEdit.of("make it night", photo), Path.of("night.png"));
            Instruction instruction = Instruction.of("a <image> on the beach", subject);
            generate(mige, new SubjectGeneration(instruction), Path.of("beach.png"));
        }
    }

    static void generate(Mige mige, Task task, Path file) {
        var images = mige.generate(task, Settings.DEFAULT.withSeed(7), (stage, done, total) -> {
            System.out.printf("%s %d/%d%n", stage, done, total);
            return true; // false cancels
        });
        images.get(0).save(file);
    }
}

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
 * Edits one picture and puts another into a new place: {@code java -cp "$(./mige class-path)"
 * examples/src/main/java/FirstPicture.java}.
 */
public class FirstImage {

    public static void main(String[] args) throws Exception {
        Image photo = args.length > 0 ? Image.read(Path.of(args[0])) : sample("meadow");
        Image subject = args.length > 1 ? Image.read(Path.of(args[1])) : sample("dog");

        try (Mige mige = Mige.embedded()) {
            generate(mige, InstructionEdit.of("make it night", photo), "night.png");
            generate(mige, new SubjectGeneration(Instruction.of("a <image> on the beach", subject)), "beach.png");
        }
    }

    static void generate(Mige mige, Task task, String file) {
        var images = mige.generate(task, Settings.DEFAULT.withSeed(7), (stage, done, total) -> {
            System.out.printf("%s %d/%d%n", stage, done, total);
            return true; // false cancels
        });
        images.get(0).save(Path.of(file));
    }

    static Image sample(String name) throws Exception {
        return SampleImage.read(name);
    }
}

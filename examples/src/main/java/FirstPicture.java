import java.nio.file.Path;
import mige.image.Picture;
import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;

/** Edits one picture and puts another into a new place: {@code java -cp "$(./mige class-path)" examples/src/main/java/FirstPicture.java}. */
public class FirstPicture {

    public static void main(String[] args) throws Exception {
        Picture photo = args.length > 0 ? Picture.read(Path.of(args[0])) : sample("meadow");
        Picture subject = args.length > 1 ? Picture.read(Path.of(args[1])) : sample("dog");

        try (Mige mige = Mige.embedded()) {
            make(mige, InstructionEdit.of("make it night", photo), "night.png");
            make(mige, new SubjectGeneration(Instruction.of("a <image> on the beach", subject)), "beach.png");
        }
    }

    static void make(Mige mige, Task task, String file) {
        Creation made = mige.create(task, Settings.DEFAULT.withSeed(7), (stage, done, of, preview) -> {
            System.out.printf("%s %d/%d%n", stage, done, of);
            return true;                                         // false would end it here
        });
        made.pictures().get(0).write(Path.of(file), made.recipes().get(0).asText());
    }

    static Picture sample(String name) throws Exception {
        try (var in = Mige.class.getResourceAsStream("/mige/samples/" + name + ".png")) {
            return Picture.read(in.readAllBytes(), name);
        }
    }
}

import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.springai.MigeImageOptions;
import dev.mige4j.springai.MigeSpringImageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;

/**
 * Generates and edits images through Spring AI; needs {@code dev.mige4j:mige-spring-ai} and a model. In an application
 * the {@link Mige} and the {@link ImageModel} are beans.
 */
public class SpringAiExample {

    public static void main(String[] args) throws IOException {
        try (Mige mige = Mige.embedded()) {
            run(new MigeSpringImageModel(mige), Path.of(""));
        }
    }

    static void run(ImageModel model, Path folder) throws IOException {
        save(model, new ImagePrompt("a red car on a beach"), folder.resolve("car.png"));

        MigeImageOptions edit =
                MigeImageOptions.of(Settings.DEFAULT.withSeed(7)).withSource(SampleImage.read("meadow"));
        save(model, new ImagePrompt("make it night", edit), folder.resolve("night.png"));
    }

    private static void save(ImageModel model, ImagePrompt prompt, Path file) throws IOException {
        String png = model.call(prompt).getResult().getOutput().getB64Json();
        Files.write(file, Base64.getDecoder().decode(png));
    }
}

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.mige4j.langchain4j.MigeImageModel;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.SampleImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Generates and edits images through LangChain4j; needs {@code dev.mige4j:mige-langchain4j} and a model. */
public class LangChain4jExample {

    public static void main(String[] args) throws IOException {
        try (Mige mige = Mige.embedded()) {
            run(new MigeImageModel(mige), Path.of(""));
        }
    }

    static void run(ImageModel model, Path folder) throws IOException {
        Image car = model.generate("a red car on a beach").content();
        save(car, folder.resolve("car.png"));

        String photo =
                Base64.getEncoder().encodeToString(SampleImage.named("meadow").png());
        Image meadow = Image.builder().base64Data(photo).mimeType("image/png").build();
        Image night = model.edit(meadow, "make it night").content();
        save(night, folder.resolve("night.png"));
    }

    private static void save(Image image, Path file) throws IOException {
        Files.write(file, Base64.getDecoder().decode(image.base64Data()));
    }
}

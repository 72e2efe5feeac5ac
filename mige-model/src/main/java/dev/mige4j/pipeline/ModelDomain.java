package dev.mige4j.pipeline;

import dev.mige4j.common.ConfigFile;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.text.TrainingWords;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the training of a small model showed. A model folder may store it as {@value #FILE_NAME}; requests for anything
 * else get a notice. It does not change images.
 *
 * @param drawings whether all images were drawings, none a photograph
 * @param words the words of all instructions; empty when they are not known
 */
public record ModelDomain(boolean drawings, TrainingWords words) {

    /** The file of a model folder that holds the domain. */
    public static final String FILE_NAME = "domain.json";

    /** Of a model without {@value #FILE_NAME}, such as the published one. */
    public static final ModelDomain UNKNOWN = new ModelDomain(false, TrainingWords.UNKNOWN);

    public ModelDomain {
        UsageException.requireNonNull(words, "words");
    }

    /**
     * The domain of a model folder, {@link #UNKNOWN} when it has none.
     *
     * @throws UsageException when the file is invalid
     */
    static ModelDomain read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        return Files.exists(file) ? ConfigFile.read(file, ModelDomain.class) : UNKNOWN;
    }

    /** What a model of this domain can do, in one sentence. */
    String description(int imageSize) {
        String kind = drawings ? "drawings" : "images";
        String vocabulary = words.words().isEmpty()
                ? ""
                : " and knows %d words, such as %s"
                        .formatted(words.words().size(), String.join(", ", words.examples()));
        return "Makes %s of %d x %d pixels%s%s."
                .formatted(
                        kind,
                        imageSize,
                        imageSize,
                        vocabulary,
                        drawings ? "; subjects need an image, and photographs come out blurred" : "");
    }

    /** The text of {@value #FILE_NAME}. */
    public String toJson() {
        return Json.writePretty(this);
    }
}

package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One image of a request, with the recipe that reproduces it.
 *
 * @param image the pixels; for an edit of the size of the source image, otherwise {@link Mige#imageSize()} square
 * @param recipe task, seed, index and settings
 * @param notices remarks for the user about the request, as {@link Mige#notices} has them before it runs; often empty
 */
public record GeneratedImage(Image image, Recipe recipe, List<String> notices) {

    public GeneratedImage {
        UsageException.requireNonNull(image, "image");
        UsageException.requireNonNull(recipe, "recipe");
        notices = List.copyOf(notices);
    }

    /** The seed of the request. */
    public long seed() {
        return recipe.seed();
    }

    /** The position of this image in its request, from 0; together with the seed it determines the initial noise. */
    public int index() {
        return recipe.index();
    }

    /**
     * Writes a PNG, JPEG or WebP file, by its extension, with the recipe inside, atomically; an existing file is
     * replaced, and missing parent folders are created. See {@link ImageEncoding#ofFile}.
     *
     * @throws UsageException when the file cannot be written or has another extension
     */
    public void save(Path file) {
        save(file, Map.of());
    }

    /** As {@link #save(Path)}, with further texts by keyword. */
    public void save(Path file, Map<String, String> extraText) {
        image.write(file, text(extraText));
    }

    /**
     * Writes the content of an image file with the recipe and further texts to a stream, which stays open.
     *
     * @throws IOException when the stream cannot be written
     */
    public void write(OutputStream out, ImageEncoding encoding, Map<String, String> extraText) throws IOException {
        image.write(out, encoding, text(extraText));
    }

    /** The bytes of a PNG file with the recipe. */
    public byte[] toPng() {
        return toBytes(ImageEncoding.PNG);
    }

    /** The bytes of an image file with the recipe. */
    public byte[] toBytes(ImageEncoding encoding) {
        return image.toBytes(encoding, text(Map.of()));
    }

    private Map<String, String> text(Map<String, String> extraText) {
        Map<String, String> text = new LinkedHashMap<>(recipe.toPngText());
        text.putAll(extraText);
        return text;
    }
}

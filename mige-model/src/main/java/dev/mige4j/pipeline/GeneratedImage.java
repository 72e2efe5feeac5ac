package dev.mige4j.pipeline;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One image of a request, with the recipe that reproduces it.
 *
 * @param image the pixels; for an edit of the size of the source image, otherwise {@link Mige#imageSize()} square
 * @param recipe task, seed, index and settings
 * @param notices remarks for the user about the request, such as words that did not fit; often empty
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
     * Writes a PNG file with the recipe in its text chunks, atomically; missing parent folders are created.
     *
     * @throws UsageException when the file cannot be written
     */
    public void save(Path png) {
        save(png, Map.of());
    }

    /** As {@link #save(Path)}, with further PNG text chunks. */
    public void save(Path png, Map<String, String> extraText) {
        UsageException.requireNonNull(png, "png");
        AtomicFile.write(png, image.toPng(text(extraText)));
    }

    /** The bytes that {@link #save(Path)} writes. */
    public byte[] toPng() {
        return image.toPng(text(Map.of()));
    }

    private Map<String, String> text(Map<String, String> extraText) {
        Map<String, String> text = new LinkedHashMap<>(recipe.toPngText());
        text.putAll(extraText);
        return text;
    }
}

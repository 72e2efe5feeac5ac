package dev.mige4j.pipeline;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A sample image of the artifact {@code dev.mige4j:mige-nano}, for demos and first trials.
 *
 * @param name such as {@code dog}
 * @param caption description of the image, such as {@code a dog}
 * @param role {@code reference} for a subject on a plain background, {@code source} for a scene to edit
 * @param credit origin and licence of its drawings
 */
public record SampleImage(String name, String caption, String role, String credit) {

    private record Entry(String file, String caption, String role, String credit) {}

    /** All sample images. */
    public static List<SampleImage> all() {
        try {
            List<Entry> entries = Json.MAPPER.readValue(
                    NanoArtifact.read(NanoArtifact.SAMPLES_FOLDER + "samples.json"), new TypeReference<>() {});
            return entries.stream()
                    .map(e -> new SampleImage(e.file.replace(".png", ""), e.caption, e.role, e.credit))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pixels of the sample image of this name; see {@link #named}. */
    public static Image read(String name) {
        return named(name).image();
    }

    /**
     * The sample image of this name.
     *
     * @throws UsageException when there is none; the message lists the names
     */
    public static SampleImage named(String name) {
        List<SampleImage> all = all();
        return all.stream()
                .filter(sample -> sample.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "There is no sample image '%s'; the names are %s.",
                        name,
                        String.join(", ", all.stream().map(SampleImage::name).toList())));
    }

    /** The pixels. */
    public Image image() {
        return Image.read(png(), name);
    }

    /** The bytes of the PNG file. */
    public byte[] png() {
        return NanoArtifact.read(NanoArtifact.SAMPLES_FOLDER + name + ".png");
    }
}

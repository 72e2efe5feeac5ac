package dev.mige4j.photos.annotation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Annotations of SA-1B: for the photograph {@code sa_1.jpg}, a file {@code sa_1.json} in the folder, with {@code image}
 * (width, height) and {@code annotations}, whose masks are run lengths. Objects have no category. The files may be in
 * sub-folders as the photographs are, or all in the folder itself.
 *
 * <p>Source: Segment Anything, arXiv 2304.02643, and the data set's page.
 */
final class SegmentAnythingAnnotations implements PhotoAnnotations {

    private final Path folder;

    SegmentAnythingAnnotations(Path folder) {
        this.folder = folder;
    }

    @Override
    public Optional<List<ObjectMask>> find(Photo photo) {
        String name = photo.path().substring(0, photo.path().lastIndexOf('.')) + ".json";
        for (Path file : List.of(folder.resolve(name), folder.resolve(name.substring(name.lastIndexOf('/') + 1))))
            if (Files.isRegularFile(file)) return Optional.of(read(file, photo));
        return Optional.empty();
    }

    private static List<ObjectMask> read(Path file, Photo photo) {
        JsonNode root = Json.read(file), image = root.path("image"), annotations = root.path("annotations");
        if (!image.isObject() || !annotations.isArray())
            throw new UsageException("%s: expected an object with 'image' and 'annotations', as in SA-1B.", file);
        CocoSegmentation.requireSize(
                photo, image.path("width").asInt(), image.path("height").asInt());
        List<ObjectMask> objects = new ArrayList<>();
        for (JsonNode annotation : annotations)
            CocoSegmentation.parse(annotation, photo, file)
                    .ifPresent(mask -> objects.add(new ObjectMask(mask, Optional.empty())));
        return objects;
    }
}

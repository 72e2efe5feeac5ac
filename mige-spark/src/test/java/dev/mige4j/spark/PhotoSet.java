package dev.mige4j.spark;

import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Photographs of noise with an annotated square each. Every second square is too small for a sample.
 *
 * @param photos the folder of photographs
 * @param annotations a file of COCO
 */
record PhotoSet(Path photos, Path annotations) {

    private static final int SIDE = 400;

    static PhotoSet write(Path folder, int count) throws IOException {
        PhotoSet set = new PhotoSet(Files.createDirectory(folder.resolve("photos")), folder.resolve("coco.json"));
        List<String> images = new ArrayList<>(), objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] rgb = new byte[3 * SIDE * SIDE];
            new SplittableRandom(i).nextBytes(rgb);
            int a = 100, b = a + (i % 2 == 0 ? 180 : 40), width = b - a;
            Image.of(SIDE, SIDE, rgb)
                    .paste(Image.filled(width, width, 0xD02020), a, a)
                    .write(set.photos.resolve(i + ".png"), Map.of());
            images.add("{\"id\": %1$d, \"file_name\": \"%1$d.png\", \"width\": %2$d, \"height\": %2$d}"
                    .formatted(i, SIDE));
            objects.add(("{\"id\": %1$d, \"image_id\": %1$d, \"category_id\": 7, \"iscrowd\": 0, \"area\": 100,"
                            + " \"bbox\": [%2$d, %2$d, %4$d, %4$d],"
                            + " \"segmentation\": [[%2$d, %2$d, %3$d, %2$d, %3$d, %3$d, %2$d, %3$d]]}")
                    .formatted(i, a, b, width));
        }
        Files.writeString(
                set.annotations,
                "{\"images\": " + images + ", \"annotations\": " + objects
                        + ", \"categories\": [{\"id\": 7, \"name\": \"box\"}]}");
        return set;
    }

    /** The arguments of {@code mige data add}, with further options. */
    Object[] command(Path output, Object... options) {
        return Stream.concat(
                        Stream.of("data", "add", "--photos", photos, "--annotations", annotations, "-o", output),
                        Stream.of(options))
                .toArray();
    }
}

package dev.mige4j.photos.annotation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhotoAnnotationsTest {

    private static final String SQUARE = "\"segmentation\": [[1, 1, 3, 1, 3, 3, 1, 3]]";

    @TempDir
    Path folder;

    private static Photo photo(String path) {
        return new Photo(path, Image.filled(4, 3, 0));
    }

    private Path write(String name, String json) throws IOException {
        return Files.writeString(folder.resolve(name), json);
    }

    /** A file with one image, a.jpg, one category and these annotations. */
    private Path coco(String annotations) throws IOException {
        return write("coco.json", """
                {"info": {"description": "größer als ein Byte"},
                 "annotations": [%s],
                 "images": [{"id": 7, "file_name": "a.jpg", "width": 4, "height": 3}],
                 "categories": [{"id": 3, "name": "dog"}]}
                """.formatted(annotations));
    }

    private static String annotation(String fields) {
        return "{\"id\": 1, \"image_id\": 7, \"category_id\": 3, " + fields + "}";
    }

    /** Rows of a mask, one character a pixel. */
    private static List<String> rows(ObjectMask object) {
        return BinaryMaskText.rows(object.mask());
    }

    @Test
    void aPolygonHoldsThePixelsWhoseCentresAreInside() throws IOException {
        PhotoAnnotations annotations = PhotoAnnotations.open(coco(annotation(SQUARE)));
        List<ObjectMask> objects = annotations.find(photo("a.jpg")).orElseThrow();
        assertEquals(List.of("....", ".##.", ".##."), rows(objects.get(0)));
        assertEquals(Optional.of("dog"), objects.get(0).category());
    }

    @Test
    void severalPolygonsAreOneObjectAndAreCutOffAtTheBorder() throws IOException {
        PhotoAnnotations annotations = PhotoAnnotations.open(coco(
                annotation("\"segmentation\": [[-5, -5, 1, -5, 1, 1, -5, 1], [2, 0.6, 90, 0.6, 90, 1.6, 2, 1.6]]")));
        assertEquals(
                List.of("#...", "..##", "...."),
                rows(annotations.find(photo("a.jpg")).orElseThrow().get(0)));
    }

    @Test
    void runLengthsGoDownTheColumnsInBothForms() throws IOException {
        String numbers = "\"segmentation\": {\"size\": [3, 4], \"counts\": [4, 2, 1, 2, 3]}",
                text = "\"segmentation\": {\"size\": [3, 4], \"counts\": \"42102\"}"; // 2 - 2 = 0, 3 - 1 = 2
        for (String segmentation : List.of(numbers, text))
            assertEquals(
                    List.of("....", ".##.", ".##."),
                    rows(PhotoAnnotations.open(coco(annotation(segmentation)))
                            .find(photo("a.jpg"))
                            .orElseThrow()
                            .get(0)));
    }

    @Test
    void longAndShrinkingRunsAreDecodedAsPycocotoolsEncodesThem() throws IOException {
        Path file = write("long.json", """
                {"images": [{"id": 1, "file_name": "long.png", "width": 1, "height": 43},
                            {"id": 2, "file_name": "shrink.png", "width": 3, "height": 2}],
                 "annotations": [
                   {"id": 1, "image_id": 1, "segmentation": {"size": [43, 1], "counts": "Z11"}},
                   {"id": 2, "image_id": 2, "segmentation": {"size": [2, 3], "counts": "122O"}}]}
                """);
        PhotoAnnotations annotations = PhotoAnnotations.open(file);
        BinaryMask last = annotations
                .find(new Photo("long.png", Image.filled(1, 43, 0)))
                .orElseThrow()
                .get(0)
                .mask();
        assertEquals(Optional.of(new PixelBox(0, 42, 1, 1)), last.box());
        ObjectMask shrinking = annotations
                .find(new Photo("shrink.png", Image.filled(3, 2, 0)))
                .orElseThrow()
                .get(0);
        assertEquals(List.of(".#.", "#.#"), rows(shrinking));
        assertEquals(Optional.empty(), shrinking.category());
    }

    @Test
    void crowdsAndObjectsOutsideOfThePhotographAreLeftOut() throws IOException {
        PhotoAnnotations annotations = PhotoAnnotations.open(coco(annotation("\"iscrowd\": 1, " + SQUARE) + ", "
                + annotation("\"segmentation\": [[50, 50, 60, 50, 60, 60]]")));
        assertEquals(Optional.of(List.of()), annotations.find(photo("a.jpg")));
        assertEquals(
                new StageResult.Dropped<>("no_object", "a.jpg is annotated as without objects."),
                new AnnotatedObjects(annotations).apply(photo("a.jpg")));
    }

    @Test
    void lvisNamesPhotographsByUrl() throws IOException {
        Path file = write("lvis.json", """
                {"images": [{"id": 1, "coco_url": "http://images.example/train2017/0001.jpg", "width": 4, "height": 3}],
                 "annotations": [{"id": 1, "image_id": 1, "category_id": 2, %s}],
                 "categories": [{"id": 2, "name": "fire_engine_(toy)"}]}
                """.formatted(SQUARE));
        ObjectMask object = PhotoAnnotations.open(file)
                .find(photo("train2017/0001.jpg"))
                .orElseThrow()
                .get(0);
        assertEquals(Optional.of("fire_engine_(toy)"), object.category());
    }

    @Test
    void aFolderHoldsOneFileForEachPhotographAsInSa1b() throws IOException {
        write("sa_1.json", """
                {"image": {"image_id": 1, "width": 4, "height": 3, "file_name": "sa_1.jpg"},
                 "annotations": [{"id": 5, "area": 4, "segmentation": {"size": [3, 4], "counts": "42102"}}]}
                """);
        PhotoAnnotations annotations = PhotoAnnotations.open(folder);
        ObjectMask object =
                annotations.find(photo("part/sa_1.jpg")).orElseThrow().get(0);
        assertEquals(List.of("....", ".##.", ".##."), rows(object));
        assertEquals(Optional.empty(), object.category());
        assertEquals(Optional.empty(), annotations.find(photo("sa_2.jpg")));
    }

    @Test
    void aPhotographWithoutAnnotationsIsDropped() throws IOException {
        AnnotatedObjects stage = new AnnotatedObjects(PhotoAnnotations.open(coco(annotation(SQUARE))));
        assertEquals(
                new StageResult.Dropped<>("not_annotated", "b.jpg has no annotations."), stage.apply(photo("b.jpg")));
    }

    @Test
    void saysWhatIsWrongWithAnAnnotation() throws IOException {
        assertDropped("\"segmentation\": []", "a.jpg is annotated as without objects.");
        assertDropped("\"bbox\": [1, 1, 2, 2]", "it has no 'segmentation'");
        assertDropped(
                "\"segmentation\": [[1, 1, 2, 2]]", "a polygon has 4 numbers, expected an even number of at least 6");
        assertDropped(
                "\"segmentation\": [[1, 1, 2, 2, \"x\", 3]]",
                "a polygon contains \"x\", expected numbers of at most 1e9");
        assertDropped(
                "\"segmentation\": [[1e308, -1e308, 1e308, 1e308, -1e308, 1e308]]",
                "a polygon contains 1.0E308, expected numbers of at most 1e9");
        assertDropped(
                "\"segmentation\": {\"size\": [4, 3], \"counts\": \"4\"}",
                "its 'size' is [4,3], expected [3,4] as for the photograph");
        assertDropped(
                "\"segmentation\": {\"size\": [3, 4], \"counts\": [4, 2]}",
                "its runs cover 6 pixels, expected 4 x 3 = 12");
        assertDropped(
                "\"segmentation\": {\"size\": [3, 4], \"counts\": [4, 2, -3]}",
                "its runs do not fit into 4 x 3 pixels");
        assertDropped(
                "\"segmentation\": {\"size\": [3, 4], \"counts\": \"oooooooooooo\"}",
                "its 'counts' are damaged at character 7");
        assertDropped(
                "\"segmentation\": {\"size\": [3, 4], \"counts\": \"P\"}", "its 'counts' are damaged at character 1");
    }

    private void assertDropped(String segmentation, String fault) throws IOException {
        StageResult<?> result =
                new AnnotatedObjects(PhotoAnnotations.open(coco(annotation(segmentation)))).apply(photo("a.jpg"));
        String explanation = ((StageResult.Dropped<?>) result).explanation();
        assertEquals(
                explanation.startsWith("a.jpg")
                        ? fault
                        : folder.resolve("coco.json") + ": the annotation with the id 1, of a.jpg, is invalid: " + fault
                                + ".",
                explanation);
    }

    @Test
    void aPhotographOfAnotherSizeIsDropped() throws IOException {
        StageResult<List<ObjectMask>> result = new AnnotatedObjects(PhotoAnnotations.open(coco(annotation(SQUARE))))
                .apply(new Photo("a.jpg", Image.filled(3, 4, 0)));
        assertEquals(
                new StageResult.Dropped<>(
                        "invalid_annotation", "a.jpg has 3 x 4 pixels, but an image of 4 x 3 was annotated."),
                result);
    }

    @Test
    void refusesAFileThatHoldsNoAnnotations() throws IOException {
        Path other = write("other.json", "{\"images\": []}"), broken = write("broken.json", "{\"images\": [");
        Path missing = folder.resolve("missing.json");
        assertEquals(
                other + ": expected an object with 'images', 'categories' and 'annotations', as in COCO or LVIS.",
                assertThrows(UsageException.class, () -> PhotoAnnotations.open(other))
                        .getMessage());
        assertEquals(
                true,
                assertThrows(UsageException.class, () -> PhotoAnnotations.open(broken))
                        .getMessage()
                        .startsWith(broken + " is not JSON: "));
        assertEquals(
                missing + ": there is no such file.",
                assertThrows(UsageException.class, () -> PhotoAnnotations.open(missing))
                        .getMessage());
    }
}

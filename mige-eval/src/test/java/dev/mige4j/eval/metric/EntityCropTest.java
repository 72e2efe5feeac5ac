package dev.mige4j.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EntityCropTest {

    @TempDir
    Path folder;

    final Image image = Image.filled(40, 30, 0x204060);
    EntityRequest request;

    @BeforeEach
    void writeOutput() {
        Path file = folder.resolve("7.jpg");
        image.write(file);
        request = new EntityRequest(Optional.of(file), image, "cat");
    }

    private static byte[] everywhere() {
        byte[] mask = new byte[40 * 30];
        Arrays.fill(mask, (byte) 1);
        return mask;
    }

    private EntityCrop crop(DetectedBox... boxes) {
        return EntityCrop.detect(request, r -> List.of(boxes), (r, box) -> Optional.of(everywhere()));
    }

    @Test
    void cropsTheBoxWithTheHighestScore() {
        EntityCrop crop =
                crop(new DetectedBox(0.5f, 0.5f, 0.9f, 0.9f, 0.3f), new DetectedBox(0.5f, 0.5f, 0.5f, 0.6f, 0.4f));
        assertEquals(Image.filled(20, 18, 0x204060), crop.image());
    }

    @Test
    void isBlackOutsideTheMaskAndTheImage() {
        byte[] mask = everywhere();
        mask[29 * 40 + 39] = 0;
        EntityCrop crop = EntityCrop.detect(
                request,
                r -> List.of(new DetectedBox(1, 1, 0.1f, 0.2f, 1)), // 38 to 42, 27 to 33
                (r, box) -> Optional.of(mask));
        assertEquals(
                Image.filled(4, 6, 0).paste(Image.filled(2, 3, 0x204060), 0, 0).paste(Image.filled(1, 1, 0), 1, 2),
                crop.image());
    }

    @Test
    void isTheWholeOutputWhenNothingIsDetected() {
        EntityCrop crop = crop();
        assertEquals(image, crop.image());
        assertEquals(image, crop.asSaved().image());
    }

    @Test
    void isCompressedAsTheReferenceSavesIt() {
        Image noisy = image.paste(Image.filled(3, 3, 0xff0000), 10, 10);
        request = new EntityRequest(request.output(), noisy, "cat");
        EntityCrop crop = crop(new DetectedBox(0.5f, 0.5f, 1, 1, 1)), saved = crop.asSaved();
        assertEquals(noisy, crop.image());
        assertTrue(!saved.image().equals(noisy) && saved.image().width() == 40);
        assertEquals(saved.image(), saved.asSaved().image());
    }

    @Test
    void isMissingForAnEmptyOrHugeBoxWithoutAMaskAndWhenTheDetectorFails() {
        assertEquals(
                "the box of the object is empty",
                crop(new DetectedBox(0.5f, 0.5f, 0.001f, 0.4f, 1)).reason());
        assertEquals(
                "the box of the object is far larger than the image",
                crop(new DetectedBox(0.5f, 0.5f, 1e6f, 1e6f, 1)).reason());
        List<DetectedBox> box = List.of(new DetectedBox(0.5f, 0.5f, 0.5f, 0.5f, 1));
        assertEquals(
                "the object has no mask",
                EntityCrop.detect(request, r -> box, (r, b) -> Optional.empty()).reason());
        assertEquals(
                "out of memory",
                EntityCrop.detect(
                                request,
                                r -> {
                                    throw new UsageException("out of memory");
                                },
                                (r, b) -> Optional.empty())
                        .reason());
    }

    @Test
    void isBlackForABoxFarOutsideTheImage() {
        assertEquals(
                Image.filled(4, 4, 0),
                crop(new DetectedBox(-1e8f, 3e8f, 0, 0, 0), new DetectedBox(5, -7, 0.1f, 0.1f, 1))
                        .image());
    }

    private Path entity(String name) throws IOException {
        return Files.createDirectories(folder.resolve("entity")).resolve(name);
    }

    @Test
    void readsCropsOfAnotherProgram() throws IOException {
        EntityFiles files = new EntityFiles();
        assertEquals(
                "there is no crop in the folder entity", files.crop(request).reason());
        assertEquals(
                "a baseline has no crops of its objects",
                files.crop(new EntityRequest(Optional.empty(), image, "cat")).reason());
        Image.filled(8, 8, 0x808080).write(entity("7_entity.jpg"));
        assertEquals(Image.filled(8, 8, 0x808080), files.crop(request).image());
        Files.writeString(entity("7_entity.jpg"), "no image");
        assertTrue(files.crop(request).reason().contains("7_entity.jpg"));
    }

    @Test
    void readsBoxesAndMasksOfAnotherProgram() throws IOException {
        Files.writeString(
                entity("boxes.jsonl"),
                "{\"idx\": 6, \"boxes\": [], \"scores\": []}\n\n"
                        + "{\"idx\": \"7\", \"boxes\": [[0.5, 0.5, 0.5, 0.6]], \"scores\": [1], \"text\": \"\"}\n");
        EntityFiles files = new EntityFiles();
        assertEquals("the object has no mask", files.crop(request).reason());
        Image.filled(40, 30, 0).write(entity("7_mask.png"));
        assertEquals(Image.filled(20, 18, 0), files.crop(request).image());
        Image.filled(40, 31, 0xffffff).write(entity("7_mask.png"));
        assertEquals(
                entity("7_mask.png") + " has 40 x 31 pixels, expected 40 x 30 as in the output",
                files.crop(request).reason());
        assertEquals(
                image,
                files.crop(new EntityRequest(Optional.of(folder.resolve("6.jpg")), image, "cat"))
                        .image());
        assertEquals(
                entity("boxes.jsonl") + " has no line for the output",
                files.crop(new EntityRequest(Optional.of(folder.resolve("8.jpg")), image, "cat"))
                        .reason());
    }

    @Test
    void rejectsBoxesThatItCannotRead() throws IOException {
        for (String line : List.of(
                "{",
                "[]",
                "{\"boxes\": [], \"scores\": []}",
                "{\"idx\": 7, \"boxes\": [[0, 0, 1, 1]], \"scores\": []}",
                "{\"idx\": 7, \"boxes\": [[0, 0, 1]], \"scores\": [1]}",
                "{\"idx\": 7, \"boxes\": [3], \"scores\": [1]}",
                "{\"idx\": 7, \"boxes\": [[0, 0, 1, \"1\"]], \"scores\": [1]}",
                "{\"idx\": 7, \"boxes\": [[0, 0, 1, 1e99]], \"scores\": [1]}",
                "{\"idx\": 6, \"boxes\": [], \"scores\": []}")) {
            Files.writeString(entity("boxes.jsonl"), "{\"idx\": 6, \"boxes\": [], \"scores\": []}\n" + line + "\n");
            var e = assertThrows(UsageException.class, () -> new EntityFiles().crop(request), line);
            assertTrue(e.getMessage().startsWith(entity("boxes.jsonl") + ": line 2: "), e.getMessage());
            assertTrue(e.getMessage().endsWith("expected {\"idx\": 7, \"boxes\": [[cx, cy, w, h]], \"scores\": [s]}."));
        }
    }
}

package dev.mige4j.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Recipe;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter through LangChain4j's own interface, with a tiny random model. */
class MigeImageModelTest {

    static Mige mige;

    final ImageModel model = new MigeImageModel(mige);
    final dev.mige4j.image.Image sourceImage = dev.mige4j.image.Image.filled(50, 40, 0x2060a0)
            .paste(dev.mige4j.image.Image.filled(20, 20, 0xf0f0f0), 5, 5);

    @BeforeAll
    static void openModel() {
        mige = Mige.random(1);
    }

    @AfterAll
    static void closeModel() {
        mige.close();
    }

    private static Image toLangchainImage(dev.mige4j.image.Image image) {
        return toLangchainImage(image.toPng(Map.of()));
    }

    private static Image toLangchainImage(byte[] png) {
        return Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(png))
                .mimeType("image/png")
                .build();
    }

    private static byte[] decodeBase64(Image image) {
        return Base64.getDecoder().decode(image.base64Data());
    }

    private static dev.mige4j.image.Image decode(Image image) {
        return dev.mige4j.image.Image.read(decodeBase64(image), "result");
    }

    @Test
    void generatesPngWithEmbeddedRecipe() {
        Image result = model.generate("a tree").content();
        assertEquals("image/png", result.mimeType());
        assertEquals(mige.imageSize(), decode(result).width());
        assertEquals("a tree", Recipe.read(decodeBase64(result), "result").instruction());
    }

    @Test
    void generatesRequestedNumberOfImages() {
        List<Image> result = model.generate("a tree", 2).content();
        assertEquals(2, result.size());
        assertNotEquals(result.get(0), result.get(1));
        assertEquals(model.generate("a tree").content(), result.get(0));
    }

    @Test
    void editKeepsSourceSize() {
        dev.mige4j.image.Image result = decode(
                model.edit(toLangchainImage(sourceImage), "make <image> dark").content());
        assertEquals("50 x 40", result.width() + " x " + result.height());
    }

    @Test
    void lightMaskLimitsEditToWhitePixels() {
        dev.mige4j.image.Image mask =
                dev.mige4j.image.Image.filled(50, 40, 0).paste(dev.mige4j.image.Image.filled(20, 40, 0xffffff), 0, 0);
        assertOnlyLeftSideChanged(
                decode(model.edit(toLangchainImage(sourceImage), toLangchainImage(mask), "make it dark")
                        .content()));
    }

    @Test
    void alphaMaskLimitsEditToTransparentPixels() throws IOException {
        BufferedImage mask = new BufferedImage(50, 40, BufferedImage.TYPE_INT_ARGB);
        Graphics2D g = mask.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(20, 0, 30, 40);
        g.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(mask, "png", png);
        assertOnlyLeftSideChanged(
                decode(model.edit(toLangchainImage(sourceImage), toLangchainImage(png.toByteArray()), "make it dark")
                        .content()));
    }

    private void assertOnlyLeftSideChanged(dev.mige4j.image.Image result) {
        assertEquals(sourceImage.crop(22, 0, 28, 40), result.crop(22, 0, 28, 40));
        assertNotEquals(sourceImage.crop(0, 0, 18, 40), result.crop(0, 0, 18, 40));
    }

    @Test
    void metadataHaveTheNoticesOfTheRequest() {
        Response<Image> response = model.edit(
                toLangchainImage(sourceImage),
                toLangchainImage(dev.mige4j.image.Image.filled(50, 40, 0xffffff)),
                "make it dark");
        assertTrue(
                String.valueOf(response.metadata().get("notices"))
                        .contains("The mask is white everywhere, so every pixel may change"),
                response.metadata().toString());
    }

    @Test
    void acceptsSubjectImages() {
        MigeImageModel migeModel = (MigeImageModel) model;
        Image dog = toLangchainImage(dev.mige4j.image.Image.filled(30, 30, 0x804020));
        assertEquals(
                mige.imageSize(),
                decode(migeModel
                                .generate("a <image> on the beach", List.of(dog))
                                .content())
                        .width());
        assertEquals(
                50,
                decode(migeModel
                                .edit(
                                        toLangchainImage(sourceImage),
                                        List.of(dog, toLangchainImage(sourceImage)),
                                        "put <image> into <image>")
                                .content())
                        .width());
    }

    @Test
    void readsFileUrlsAndRejectsRemoteUrls(@TempDir Path folder) {
        sourceImage.write(folder.resolve("room.png"), Map.of());
        Image file = Image.builder().url(folder.resolve("room.png").toUri()).build();
        assertEquals(
                model.edit(toLangchainImage(sourceImage), "make it dark").content(),
                model.edit(file, "make it dark").content());
        Image remote = Image.builder().url("https://example.org/room.png").build();
        assertEquals(
                "https://example.org/room.png is not fetched; pass the image as base64Data or a file: URL.",
                assertThrows(UsageException.class, () -> model.edit(remote, "make it dark"))
                        .getMessage());
    }

    @Test
    void reportsInvalidBase64() {
        Image broken = Image.builder().base64Data("§§§").build();
        assertTrue(assertThrows(UsageException.class, () -> model.edit(broken, "make it dark"))
                .getMessage()
                .startsWith("The base64Data of the image is not base64"));
    }

    @Test
    void reportsMissingImages() {
        assertEquals(
                "image must not be null.",
                assertThrows(UsageException.class, () -> model.edit(null, "make it dark"))
                        .getMessage());
        Image empty = Image.builder().build();
        assertEquals(
                "The image has neither base64Data nor a URL.",
                assertThrows(UsageException.class, () -> model.edit(empty, "make it dark"))
                        .getMessage());
    }
}

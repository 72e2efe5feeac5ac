package mige.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
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
import mige.image.Picture;
import mige.image.PictureFile;
import mige.pipeline.Mige;
import mige.pipeline.Recipe;
import mige.tensor.UsageException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapter through langchain4j's own interface, with a tiny random model. */
class MigeImageModelTest {

    static Mige mige;

    final ImageModel model = new MigeImageModel(mige);
    final Picture room = Picture.filled(50, 40, 0x2060a0).paste(Picture.filled(20, 20, 0xf0f0f0), 5, 5);

    @BeforeAll static void open() {
        mige = Mige.random(1);
    }

    @AfterAll static void close() {
        mige.close();
    }

    private static Image image(Picture picture) {
        return image(picture.png(Map.of()));
    }

    private static Image image(byte[] png) {
        return Image.builder().base64Data(Base64.getEncoder().encodeToString(png)).mimeType("image/png").build();
    }

    private static byte[] bytes(Image image) {
        return Base64.getDecoder().decode(image.base64Data());
    }

    private static Picture picture(Image image) {
        return Picture.read(bytes(image), "result");
    }

    @Test void generatesAPngWithItsRecipe() {
        Image made = model.generate("a tree").content();
        assertEquals("image/png", made.mimeType());
        assertEquals(mige.size(), picture(made).width());
        assertEquals("a tree", Recipe.fromText(PictureFile.texts(bytes(made), "result")).instruction());
    }

    @Test void generatesAsManyAsAreAskedFor() {
        List<Image> made = model.generate("a tree", 2).content();
        assertEquals(2, made.size());
        assertNotEquals(made.get(0), made.get(1));
        assertEquals(model.generate("a tree").content(), made.get(0));
    }

    @Test void editsToTheSizeOfTheSource() {
        Picture made = picture(model.edit(image(room), "make <image> dark").content());
        assertEquals("50 x 40", made.width() + " x " + made.height());
    }

    @Test void keepsWhatALightMaskLeavesDark() {
        Picture mask = Picture.filled(50, 40, 0).paste(Picture.filled(20, 40, 0xffffff), 0, 0);
        keepsTheRight(picture(model.edit(image(room), image(mask), "make it dark").content()));
    }

    @Test void keepsWhatATransparentMaskLeavesOpaque() throws IOException {
        BufferedImage mask = new BufferedImage(50, 40, BufferedImage.TYPE_INT_ARGB);
        Graphics2D g = mask.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(20, 0, 30, 40);
        g.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(mask, "png", png);
        keepsTheRight(picture(model.edit(image(room), image(png.toByteArray()), "make it dark").content()));
    }

    private void keepsTheRight(Picture made) {
        assertEquals(room.crop(22, 0, 28, 40), made.crop(22, 0, 28, 40));
        assertNotEquals(room.crop(0, 0, 18, 40), made.crop(0, 0, 18, 40));
    }

    @Test void takesFurtherPictures() {
        MigeImageModel mine = (MigeImageModel) model;
        Image dog = image(Picture.filled(30, 30, 0x804020));
        assertEquals(mige.size(), picture(mine.generate("a <image> on the beach", List.of(dog)).content()).width());
        assertEquals(50, picture(mine.edit(image(room), List.of(dog, image(room)), "put <image> into <image>").content()).width());
    }

    @Test void readsFilesAndFetchesNothing(@TempDir Path folder) {
        room.write(folder.resolve("room.png"), Map.of());
        Image file = Image.builder().url(folder.resolve("room.png").toUri()).build();
        assertEquals(model.edit(image(room), "make it dark").content(), model.edit(file, "make it dark").content());
        Image far = Image.builder().url("https://example.org/room.png").build();
        assertEquals("https://example.org/room.png: only file: addresses are read; fetch the picture and give it as base64Data",
                assertThrows(UsageException.class, () -> model.edit(far, "make it dark")).getMessage());
    }

    @Test void saysWhatIsWrongWithAPicture() {
        Image broken = Image.builder().base64Data("§§§").build();
        assertTrue(assertThrows(UsageException.class, () -> model.edit(broken, "make it dark")).getMessage().startsWith("the picture's base64Data is no base64"));
    }
}

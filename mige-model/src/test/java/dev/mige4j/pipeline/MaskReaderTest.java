package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** White means edit; in a mask with transparency, transparent means edit. */
class MaskReaderTest {

    private static final int WIDTH = 12, HEIGHT = 8;
    private static final String LEFT = "left half", ALL = "all";

    /** A mask whose left half has the colour {@code left}, the other half {@code right}, both 0xAARRGGBB. */
    private static byte[] halves(int type, int left, int right) throws IOException {
        return png(fill(new BufferedImage(WIDTH, HEIGHT, type), left, right));
    }

    private static BufferedImage fill(BufferedImage image, int left, int right) {
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) image.setRGB(x, y, x < WIDTH / 2 ? left : right);
        return image;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    private static Region read(byte[] mask) {
        return Region.mask(Image.read(mask, "the mask"));
    }

    /** The part of a white source that an edit paints black within the mask. */
    private static String editedPart(byte[] file) {
        Region mask = read(file);
        Image white = Image.filled(WIDTH, HEIGHT, 0xffffff), black = Image.filled(WIDTH, HEIGHT, 0);
        Image result = mask.composite(white, () -> white, black);
        if (result.equals(black)) return ALL;
        return result.equals(white.paste(Image.filled(WIDTH / 2, HEIGHT, 0), 0, 0)) ? LEFT : result.toString();
    }

    @Test
    void readsAllRowsOfALongMask() {
        byte[] alpha = new byte[2 * 150];
        Arrays.fill(alpha, (byte) 255);
        alpha[2 * 140] = 0;
        Image black = Image.filled(2, 150, 0), white = Image.filled(2, 150, 0xffffff);
        Region mask = Region.mask(Image.of(2, 150, black.rgb(), alpha));
        assertEquals(black.paste(Image.filled(1, 1, 0xffffff), 0, 140), mask.composite(black, () -> black, white));
        assertEquals(
                black.paste(Image.filled(1, 1, 0xffffff), 1, 149),
                Region.mask(black.paste(Image.filled(1, 1, 0xffffff), 1, 149)).composite(black, () -> black, white));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                BufferedImage.TYPE_BYTE_BINARY,
                BufferedImage.TYPE_BYTE_GRAY,
                BufferedImage.TYPE_USHORT_GRAY,
                BufferedImage.TYPE_BYTE_INDEXED,
                BufferedImage.TYPE_3BYTE_BGR,
                BufferedImage.TYPE_4BYTE_ABGR
            })
    void editsTheWhitePixelsOfAnOpaqueMaskOfAnyDepth(int type) throws IOException {
        byte[] mask = halves(type, 0xffffffff, 0xff000000);
        assertEquals(LEFT, editedPart(mask));
        assertEquals(List.of(), read(mask).notices());
    }

    @ParameterizedTest
    @ValueSource(ints = {0xff000000, 0xffffffff, 0xff808080, 0xff20c040})
    void editsTheTransparentPixelsOfAnAlphaMaskWhateverItsVisiblePartShows(int visible) throws IOException {
        for (int transparent : new int[] {0x00000000, 0x00ffffff, 0x00ff0000})
            assertEquals(LEFT, editedPart(halves(BufferedImage.TYPE_INT_ARGB, transparent, visible)));
    }

    @Test
    void editsTheTransparentColourOfAPalette() throws IOException {
        byte[] components = {0, (byte) 255};
        IndexColorModel palette = new IndexColorModel(1, 2, components, components, components, 0);
        BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY, palette);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) image.getRaster().setSample(x, y, 0, x < WIDTH / 2 ? 0 : 1);
        assertEquals(LEFT, editedPart(png(image)));
    }

    @Test
    void separatesThePixelsOfAnAlphaMaskInTheMiddleOfItsOpacities() throws IOException {
        assertEquals(LEFT, editedPart(halves(BufferedImage.TYPE_INT_ARGB, 0x00000000, 0x01000000)));
        assertEquals(LEFT, editedPart(halves(BufferedImage.TYPE_INT_ARGB, 0x10ffffff, 0xe0ffffff)));
    }

    @Test
    void ignoresPixelsThatAreAlmostOpaque() throws IOException {
        assertEquals(LEFT, editedPart(halves(BufferedImage.TYPE_INT_ARGB, 0xffffffff, 0xfe000000)));
        assertEquals(LEFT, editedPart(halves(BufferedImage.TYPE_INT_ARGB, 0xc0ffffff, 0xff000000)));
    }

    @Test
    void turnsAMaskUprightLikeItsSource() throws IOException {
        BufferedImage lowerHalf = new BufferedImage(HEIGHT, WIDTH, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = lowerHalf.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, WIDTH / 2, HEIGHT, WIDTH / 2);
        graphics.dispose();
        assertEquals(LEFT, editedPart(withOrientation(png(lowerHalf), 6))); // 6: turned clockwise to be upright
    }

    /** The PNG file with an EXIF chunk behind its header. */
    private static byte[] withOrientation(byte[] png, int orientation) {
        byte[] exif = {
            'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte) orientation, 0, 0, 0, 0, 0, 0
        };
        ByteBuffer chunk = ByteBuffer.allocate(12 + exif.length).putInt(exif.length);
        chunk.put(new byte[] {'e', 'X', 'I', 'f'}).put(exif);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, 4 + exif.length);
        chunk.putInt((int) crc.getValue());
        int header = 8 + 25;
        return ByteBuffer.allocate(png.length + chunk.capacity())
                .put(png, 0, header)
                .put(chunk.array())
                .put(png, header, png.length - header)
                .array();
    }

    @Test
    void refusesAMaskThatEditsNothing() throws IOException {
        String message = "The mask is dark everywhere, so no pixel may change. Paint the part to edit white, or make it"
                + " transparent.";
        for (byte[] mask : List.of(
                Image.filled(WIDTH, HEIGHT, 0x7f7f7f).toPng(),
                halves(BufferedImage.TYPE_INT_ARGB, 0xff000000, 0xc0000000)))
            assertEquals(
                    message,
                    assertThrows(UsageException.class, () -> read(mask)).getMessage());
    }

    @Test
    void saysThatAMaskLimitsNothing() throws IOException {
        byte[] white = Image.filled(WIDTH, HEIGHT, 0xffffff).toPng();
        assertEquals(ALL, editedPart(white));
        assertEquals(
                List.of("The mask is white everywhere, so every pixel may change; black keeps pixels."),
                read(white).notices());
        assertEquals(
                List.of("The mask is transparent everywhere, so every pixel may change; black keeps pixels."),
                read(halves(BufferedImage.TYPE_INT_ARGB, 0, 0x00ffffff)).notices());
    }

    @Test
    void saysThatTheWhitePartOfAnAlphaMaskIsKept() throws IOException {
        List<String> notices =
                read(halves(BufferedImage.TYPE_INT_ARGB, 0, 0xffffffff)).notices();
        assertEquals(
                List.of("The mask has transparent pixels, which are edited, and its white part is kept. To edit the"
                        + " white part instead, fill the transparent part with black."),
                notices);
        assertEquals(
                List.of(),
                read(halves(BufferedImage.TYPE_INT_ARGB, 0, 0xff000000)).notices());
    }

    @Test
    void scalesAMaskOfTheShapeOfTheSourceAndRefusesOthers() {
        Region mask = Region.mask(Image.filled(300, 200, 0xffffff));
        for (int[] size : new int[][] {{300, 200}, {600, 400}, {4000, 2667}, {15, 10}, {32, 21}, {305, 200}})
            assertDoesNotThrow(() -> mask.checkSource(Image.filled(size[0], size[1], 0)), Arrays.toString(size));
        for (int[] size : new int[][] {{200, 300}, {300, 300}, {320, 200}})
            assertEquals(
                    "The mask has 300 x 200 pixels, but the source has %d x %d, upright. Give a mask of the size or at"
                                    .formatted(size[0], size[1])
                            + " least the shape of the source.",
                    assertThrows(UsageException.class, () -> mask.checkSource(Image.filled(size[0], size[1], 0)))
                            .getMessage());
    }
}

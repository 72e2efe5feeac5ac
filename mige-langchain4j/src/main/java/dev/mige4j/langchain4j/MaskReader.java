package dev.mige4j.langchain4j;

import dev.mige4j.image.Image;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** Reads masks in either convention: transparent parts are open, or, without any transparency, light parts are. */
final class MaskReader {

    private MaskReader() {}

    /** A picture that is white where the mask is open and black elsewhere, or the mask itself when it is opaque. */
    static Image read(byte[] file, String name) {
        Image opaque = Image.read(file, name); // checks size and kind before anything is decoded twice
        BufferedImage bufferedImage = decode(file);
        if (bufferedImage == null || !bufferedImage.getColorModel().hasAlpha()) return opaque;
        int w = bufferedImage.getWidth(), h = bufferedImage.getHeight();
        byte[] rgb = new byte[3 * w * h];
        boolean anyTransparent = false;
        for (int y = 0, offset = 0; y < h; y++) {
            for (int x = 0; x < w; x++, offset += 3) {
                if (bufferedImage.getRGB(x, y) >>> 24 >= 128) continue;
                rgb[offset] = rgb[offset + 1] = rgb[offset + 2] = (byte) 255;
                anyTransparent = true;
            }
        }
        return anyTransparent ? Image.of(w, h, rgb) : opaque;
    }

    private static BufferedImage decode(byte[] file) {
        try {
            return ImageIO.read(new ByteArrayInputStream(file));
        } catch (IOException e) {
            return null; // a kind that only Picture reads has no transparency here
        }
    }
}

package mige.langchain4j;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import mige.image.Picture;

/** Reads masks in either convention: transparent parts are open, or, without any transparency, light parts are. */
final class Masks {

    private Masks() {}

    /** A picture that is white where the mask is open and black elsewhere, or the mask itself when it is opaque. */
    static Picture read(byte[] file, String name) {
        Picture opaque = Picture.read(file, name);                       // checks size and kind before anything is decoded twice
        BufferedImage image = decoded(file);
        if (image == null || !image.getColorModel().hasAlpha()) return opaque;
        int w = image.getWidth(), h = image.getHeight();
        byte[] rgb = new byte[3 * w * h];
        boolean any = false;
        for (int y = 0, to = 0; y < h; y++) {
            for (int x = 0; x < w; x++, to += 3) {
                if (image.getRGB(x, y) >>> 24 >= 128) continue;
                rgb[to] = rgb[to + 1] = rgb[to + 2] = (byte) 255;
                any = true;
            }
        }
        return any ? Picture.of(w, h, rgb) : opaque;
    }

    private static BufferedImage decoded(byte[] file) {
        try {
            return ImageIO.read(new ByteArrayInputStream(file));
        } catch (IOException e) {
            return null;                                                 // a kind that only Picture reads has no transparency here
        }
    }
}

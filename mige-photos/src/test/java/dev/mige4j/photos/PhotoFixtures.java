package dev.mige4j.photos;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.stage.Photo;
import java.util.Optional;
import java.util.SplittableRandom;

/** Images and masks that stand for photographs in tests. */
public final class PhotoFixtures {

    private PhotoFixtures() {}

    /** A texture: slanted stripes with some noise, the same for the same size. */
    public static Image texture(int width, int height) {
        SplittableRandom random = new SplittableRandom(5);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            double wave = Math.sin(2 * Math.PI * (i % width + 2.0 * (i / width)) / 16);
            int value = 128 + (int) (80 * wave) + random.nextInt(9) - 4;
            rgb[3 * i] = (byte) value;
            rgb[3 * i + 1] = (byte) (value / 2 + 60);
            rgb[3 * i + 2] = (byte) (200 - value / 2);
        }
        return Image.of(width, height, rgb);
    }

    /** A mask of the pixels whose distance from the middle is less than {@code radius}. */
    public static BinaryMask disk(int width, int height, double radius) {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.length; i++)
            if (Math.hypot(i % width + 0.5 - width / 2.0, i / width + 0.5 - height / 2.0) < radius) pixels[i] = 1;
        return BinaryMask.of(width, height, pixels);
    }

    /** The image with the pixels of the mask in one colour, {@code 0xRRGGBB}. */
    public static Image paint(Image image, BinaryMask mask, int colour) {
        byte[] rgb = image.rgb(), inside = mask.toBytes();
        for (int i = 0; i < inside.length; i++)
            if (inside[i] != 0) for (int c = 0; c < 3; c++) rgb[3 * i + c] = (byte) (colour >> (16 - 8 * c));
        return Image.of(image.width(), image.height(), rgb);
    }

    /** A photograph with an object without a name. */
    public static PhotoObject object(Image image, BinaryMask mask) {
        return new PhotoObject(new Photo("a.jpg", image), new ObjectMask(mask, Optional.empty()));
    }
}

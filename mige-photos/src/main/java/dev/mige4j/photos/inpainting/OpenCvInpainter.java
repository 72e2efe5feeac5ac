package dev.mige4j.photos.inpainting;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_photo;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * OpenCV's inpainting: colours are continued from the border of the mask inwards. Fast, and good for thin or small
 * masks and smooth surroundings; a large one becomes a smear.
 *
 * @param method the algorithm
 * @param radius how far around a pixel known colours are used, in pixels
 */
public record OpenCvInpainter(Method method, double radius) implements Inpainter {

    /** The algorithms of OpenCV's module "photo". */
    public enum Method {
        /** Bertalmio et al. 2001, "Navier-Stokes, fluid dynamics, and image and video inpainting". */
        NAVIER_STOKES(opencv_photo.INPAINT_NS),
        /** Telea 2004, "An image inpainting technique based on the fast marching method". */
        TELEA(opencv_photo.INPAINT_TELEA);

        private final int flag;

        Method(int flag) {
            this.flag = flag;
        }
    }

    /** Telea's method, with a radius of 5 pixels. */
    public static final OpenCvInpainter DEFAULT = new OpenCvInpainter(Method.TELEA, 5);

    /** @throws UsageException when the radius is not between 1 and 100 */
    public OpenCvInpainter {
        UsageException.requireNonNull(method, "method");
        if (!(radius >= 1 && radius <= 100))
            throw new UsageException("The radius is %s, expected 1 to 100 pixels.", radius);
    }

    /** The same radius with another method. */
    public OpenCvInpainter withMethod(Method method) {
        return new OpenCvInpainter(method, radius);
    }

    @Override
    public Image inpaint(Image image, BinaryMask mask) {
        byte[] rgb = image.rgb(), hole = mask.toBytes();
        Inpainter.requireSameSize(image, mask);
        int width = image.width(), height = image.height();
        try (Mat photo = new Mat(height, width, opencv_core.CV_8UC3);
                Mat matMask = new Mat(height, width, opencv_core.CV_8UC1);
                Mat result = new Mat()) {
            photo.data().put(rgb);
            matMask.data().put(hole);
            opencv_photo.inpaint(photo, matMask, result, radius, method.flag);
            result.data().get(rgb);
        }
        return Image.of(width, height, rgb);
    }
}

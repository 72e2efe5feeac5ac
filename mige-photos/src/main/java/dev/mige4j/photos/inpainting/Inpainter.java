package dev.mige4j.photos.inpainting;

import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import java.nio.file.Path;

/** Fills a part of an image with what could be behind it. Safe for use by several threads. */
@FunctionalInterface
public interface Inpainter {

    /**
     * The image, on black if it has alpha, with new pixels where the mask is; all others are unchanged. The same image
     * and mask give the same pixels.
     *
     * @throws UsageException when image and mask have different sizes
     */
    Image inpaint(Image image, BinaryMask mask);

    /**
     * An inpainter by name: {@code patches}, {@code telea}, {@code navier-stokes}, or a file that ends in
     * {@code .onnx}.
     *
     * @throws UsageException when there is none of that name
     * @throws WeightsException when the file is no model for inpainting
     */
    static Inpainter of(String name) {
        if (name.endsWith(".onnx")) return new OnnxInpainter(Path.of(name));
        return switch (name) {
            case "patches" -> new PatchMatchInpainter();
            case "telea" -> OpenCvInpainter.DEFAULT;
            case "navier-stokes" -> OpenCvInpainter.DEFAULT.withMethod(OpenCvInpainter.Method.NAVIER_STOKES);
            default ->
                throw new UsageException(
                        "There is no inpainting '%s'; choose patches, telea, navier-stokes or a file that ends in"
                                + " .onnx.",
                        name);
        };
    }

    /**
     * Checks the sizes.
     *
     * @throws UsageException when image and mask have different sizes
     */
    static void requireSameSize(Image image, BinaryMask mask) {
        if (image.width() != mask.width() || image.height() != mask.height())
            throw new UsageException(
                    "The mask has %d x %d pixels and the image %d x %d; expected the same size.",
                    mask.width(), mask.height(), image.width(), image.height());
    }
}

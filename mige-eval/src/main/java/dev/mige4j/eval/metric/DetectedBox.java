package dev.mige4j.eval.metric;

import dev.mige4j.common.UsageException;

/**
 * A box around a detected object, relative to the image: 0.5 is the middle, and it may reach beyond the borders.
 *
 * @param score how certain the detection is; of several boxes, the one with the highest score is used
 */
public record DetectedBox(float centerX, float centerY, float width, float height, float score) {

    /** @throws UsageException when a number is not finite */
    public DetectedBox {
        for (float number : new float[] {centerX, centerY, width, height, score})
            if (!Float.isFinite(number))
                throw new UsageException(
                        "A box is [%s, %s, %s, %s] with the score %s, expected finite numbers.",
                        centerX, centerY, width, height, score);
    }

    /** Left, top, right and bottom in pixels of an image, not rounded; in float32, as the reference computes them. */
    public float[] corners(int imageWidth, int imageHeight) {
        return new float[] {
            (centerX - 0.5f * width) * imageWidth,
            (centerY - 0.5f * height) * imageHeight,
            (centerX + 0.5f * width) * imageWidth,
            (centerY + 0.5f * height) * imageHeight
        };
    }
}

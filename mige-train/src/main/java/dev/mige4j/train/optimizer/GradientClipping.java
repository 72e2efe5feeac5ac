package dev.mige4j.train.optimizer;

/**
 * Clips the gradient by its global norm.
 *
 * <pre>
 *   factor = min(1, maxNorm / (‖g‖ + 1e-6))
 * </pre>
 *
 * Source: docs/specification/diffusion.md section 8; there the launcher's file configures 0.01.
 *
 * @param maxNorm the largest norm; 0: no clipping
 */
public record GradientClipping(double maxNorm) {

    /** The factor of a gradient with this norm. */
    public double scale(double norm) {
        return maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    }
}

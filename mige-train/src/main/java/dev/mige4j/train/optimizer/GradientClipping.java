package dev.mige4j.train.optimizer;

/**
 * Keeps the length of the whole gradient below a limit.
 *
 * <pre>
 *   factor = min(1, limit / (‖g‖ + 1e-6))
 * </pre>
 *
 * Source: docs/specification/diffusion.md section 8 (there it is configured in the launcher file, 0.01, and not in the
 * program).
 *
 * @param maxNorm the greatest norm; 0 switches clipping off
 */
public record GradientClipping(double maxNorm) {

    /** What to multiply every gradient with. */
    public double scale(double norm) {
        return maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
    }
}

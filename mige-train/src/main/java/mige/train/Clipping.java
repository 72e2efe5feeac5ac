package mige.train;

/**
 * Keeps the length of the whole gradient below a limit.
 *
 * <pre>
 *   factor = min(1, limit / (‖g‖ + 1e-6))
 * </pre>
 *
 * Source: reference DIFFUSION.md section 8 (there it is configured in the launcher file, 0.01, and not in the program).
 *
 * @param limit the greatest norm; 0 switches clipping off
 */
public record Clipping(double limit) {

    /** What to multiply every gradient with. */
    public double factor(double norm) {
        return limit == 0 ? 1 : Math.min(1, limit / (norm + 1e-6));
    }
}

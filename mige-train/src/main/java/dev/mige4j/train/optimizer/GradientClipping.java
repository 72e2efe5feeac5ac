package dev.mige4j.train.optimizer;

import dev.mige4j.tensor.Tensor;

/**
 * Clips the gradient by its global norm. The factor is computed where the norm is, so a GPU need not be waited for.
 *
 * <pre>
 *   factor = min(1, maxNorm / (‖g‖ + 1e-6))
 * </pre>
 *
 * <p>The factor of a gradient that is not finite is 0, which {@link AdamW} takes as a gradient of zeros. Source:
 * docs/specification/diffusion.md section 8; there the launcher's file configures 0.01.
 *
 * @param maxNorm the largest norm; 0: no clipping
 */
public record GradientClipping(double maxNorm) {

    /** The factor of a gradient with this norm; both are scalars. */
    public Tensor scale(Tensor norm) {
        Tensor factor = maxNorm == 0
                ? norm.mul(0).add(1)
                : norm.add(1e-6).pow(-1).mul(maxNorm).clampMax(1);
        return factor.nanToNum_();
    }
}

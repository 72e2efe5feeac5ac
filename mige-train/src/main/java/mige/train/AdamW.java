package mige.train;

import mige.tensor.Scope;
import mige.tensor.Tensor;

/**
 * Adam with decoupled weight decay over {@link Parameters}.
 *
 * <pre>
 *   p ← p · (1 − lr · decay)
 *   m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
 *   p ← p − lr / (1 − β₁ᵏ) · m / (√v / √(1 − β₂ᵏ) + eps)
 * </pre>
 *
 * <p>The decay reaches every weight: biases, norms and tables too. Source: reference DIFFUSION.md section 8.
 */
public final class AdamW {

    /** The constants; {@link #REFERENCE} are the reference's. */
    public record Config(double beta1, double beta2, double eps, double decay) {
        public static final Config REFERENCE = new Config(0.9, 0.999, 1e-10, 0.03);
    }

    /** Weights updated at once: few enough that their five arrays stay in the cache. */
    private static final long CHUNK = 1 << 16;

    private final Config config;
    private final Tensor mean;
    private final Tensor square;

    public AdamW(Config config, long count) {
        this.config = config;
        mean = Scope.outside(() -> Tensor.zeros(count));
        square = Scope.outside(() -> Tensor.zeros(count));
    }

    /** m, [count]. */
    public Tensor mean() {
        return mean;
    }

    /** v, [count]. */
    public Tensor square() {
        return square;
    }

    /** The k-th update, k from 1, with the gradients times {@code factor}, at the given learning rate. */
    public void step(Parameters parameters, long k, double rate, double factor) {
        double one = 1 - Math.pow(config.beta1, k), two = Math.sqrt(1 - Math.pow(config.beta2, k));
        long count = parameters.count();
        Tensor.withoutGradients(() -> {
            for (long from = 0; from < count; from += CHUNK) {
                long start = from, length = Math.min(CHUNK, count - from);
                Scope.scoped(() -> {
                    Tensor p = parameters.values().narrow(0, start, length), g = parameters.gradient().narrow(0, start, length);
                    Tensor m = mean.narrow(0, start, length), v = square.narrow(0, start, length);
                    if (factor != 1) g.mul_(factor);
                    p.mul_(1 - rate * config.decay);
                    m.lerp_(g, 1 - config.beta1);
                    v.mul_(config.beta2).addProduct_(g, g, 1 - config.beta2);
                    p.addQuotient_(m, v.sqrt().mul_(1 / two).add_(config.eps), -rate / one);
                });
            }
            return null;
        });
    }
}

package dev.mige4j.train.optimizer;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.config.ConfigKey;
import java.util.List;

/**
 * Adam with decoupled weight decay over {@link FlatParameters}.
 *
 * <pre>
 *   p ← p · (1 − lr · decay)
 *   m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²
 *   p ← p − lr / (1 − β₁ᵏ) · m / (√v / √(1 − β₂ᵏ) + eps)
 * </pre>
 *
 * <p>The decay applies to every parameter, also to biases, norms and tables, unless a {@link ParameterGroup} says
 * otherwise; so does lr. Source: docs/specification/diffusion.md section 8.
 */
public final class AdamW {

    /** The hyperparameters. */
    public record Config(
            @ConfigKey("decay of the first moment") double beta1,
            @ConfigKey("decay of the second moment") double beta2,

            @ConfigKey("added to the root of the second moment")
            double eps,

            @ConfigKey("decoupled weight decay, applied to every parameter of no group")
            double weightDecay) {

        /** As in the reference. */
        public static final Config REFERENCE = new Config(0.9, 0.999, 1e-10, 0.03);

        public Config {
            if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1) || !(eps > 0) || !(weightDecay >= 0))
                throw new UsageException(
                        "trainer.optimizer: beta1 %s and beta2 %s must be from 0 to less than 1, eps %s above 0 and"
                                + " weightDecay %s at least 0.",
                        beta1, beta2, eps, weightDecay);
        }
    }

    /** Parameters updated together on the CPU: few enough that their four arrays stay in its cache. */
    private static final long CPU_CHUNK_ELEMENTS = 1 << 16;

    private final Config config;
    private final List<ParameterGroups.Range> ranges;
    private final Tensor firstMoment;
    private final Tensor secondMoment;

    public AdamW(Config config, long count) {
        this(config, count, List.of(new ParameterGroups.Range(0, count, 1, config.weightDecay())));
    }

    /** With learning rates and weight decays by group. */
    public AdamW(Config config, FlatParameters parameters, ParameterGroups groups) {
        this(config, parameters.count(), groups.ranges(parameters, config.weightDecay()));
    }

    private AdamW(Config config, long count, List<ParameterGroups.Range> ranges) {
        this.config = config;
        this.ranges = ranges;
        firstMoment = Scope.unscoped(() -> Tensor.zeros(count));
        secondMoment = Scope.unscoped(() -> Tensor.zeros(count));
    }

    /** The first moment m, [count]. */
    public Tensor firstMoment() {
        return firstMoment;
    }

    /** The second moment v, [count]. */
    public Tensor secondMoment() {
        return secondMoment;
    }

    /**
     * Applies the k-th update, k from 1, and leaves nothing of use in the gradients.
     *
     * @param gradientScale factor of the gradients, a scalar; 0 also where a gradient is not finite
     */
    public void step(FlatParameters parameters, long k, double learningRate, Tensor gradientScale) {
        double biasCorrection1 = 1 - Math.pow(config.beta1, (double) k),
                biasCorrection2Sqrt = Math.sqrt(1 - Math.pow(config.beta2, (double) k));
        long chunk = Engine.instance().isCpu() ? CPU_CHUNK_ELEMENTS : parameters.count();
        Tensor.noGrad(() -> {
            for (ParameterGroups.Range range : ranges) {
                double rate = learningRate * range.learningRateFactor();
                long end = range.from() + range.length();
                for (long from = range.from(); from < end; from += chunk) {
                    long start = from, length = Math.min(chunk, end - from);
                    Scope.scoped(() -> {
                        Tensor p = parameters.values().narrow(0, start, length),
                                g = parameters.gradients().narrow(0, start, length);
                        Tensor m = firstMoment.narrow(0, start, length), v = secondMoment.narrow(0, start, length);
                        g.mul_(gradientScale).nanToNum_();
                        p.mul_(1 - rate * range.weightDecay());
                        m.lerp_(g, 1 - config.beta1);
                        v.mul_(config.beta2).addcmul_(g, g, 1 - config.beta2);
                        Tensor denominator =
                                v.sqrtOut(g).mul_(1 / biasCorrection2Sqrt).add_(config.eps);
                        p.addcdiv_(m, denominator, -rate / biasCorrection1);
                    });
                }
            }
            return null;
        });
    }
}

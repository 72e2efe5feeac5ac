package dev.mige4j.autoencoder;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Conv2d;
import dev.mige4j.tensor.nn.GroupNorm;
import dev.mige4j.weights.Weights;

/**
 * Residual block of two normalized convolutions.
 *
 * <pre>
 *   out = shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))))))
 * </pre>
 *
 * <p>The shortcut is a 1×1 convolution where the number of channels changes, else the identity. Source: the autoencoder
 * of latent diffusion, with the key names of diffusers.
 */
public final class ResnetBlock {

    static final double EPS = 1e-6;

    private final GroupNorm norm1, norm2;
    private final Conv2d conv1, conv2;
    private final Conv2d shortcut; // null for the identity

    public ResnetBlock(Weights weights, int in, int out, int groups) {
        norm1 = new GroupNorm(weights.at("norm1"), groups, in, EPS);
        conv1 = new Conv2d(weights.at("conv1"), in, out, 3, 1, 1);
        norm2 = new GroupNorm(weights.at("norm2"), groups, out, EPS);
        conv2 = new Conv2d(weights.at("conv2"), out, out, 3, 1, 1);
        shortcut = in == out ? null : new Conv2d(weights.at("conv_shortcut"), in, out, 1, 1, 0);
    }

    /** x [B, in, h, w] to [B, out, h, w]; x is not modified. */
    public Tensor forward(Tensor x) {
        Tensor hidden = conv1.forward(silu(norm1.forward(x))); // [B, out, h, w]
        Tensor residual = conv2.forward(silu(norm2.forward(hidden))); // [B, out, h, w]
        Tensor skip = shortcut == null ? x : shortcut.forward(x); // [B, out, h, w]
        return residual.requiresGrad() ? skip.add(residual) : residual.add_(skip);
    }

    /** SiLU of an intermediate tensor: in place, unless its gradient is needed. */
    static Tensor silu(Tensor x) {
        return x.requiresGrad() ? x.silu() : x.silu_();
    }
}

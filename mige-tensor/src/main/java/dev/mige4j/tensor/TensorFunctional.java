package dev.mige4j.tensor;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The neural-network operations of {@link Tensor}, as in {@code torch.nn.functional}. */
abstract sealed class TensorFunctional extends TensorMath permits Tensor {

    /** Smaller matrix products are computed by one thread. */
    private static final long MIN_PARALLEL_MULTIPLY_ADDS = 20_000_000;

    /**
     * x Wᵀ + b over the last axis.
     *
     * @param weight [out, in]; converted to the type of this tensor, where possible piece by piece
     * @param bias [out], or null
     */
    public Tensor linear(Tensor weight, Tensor bias) {
        Tensor result = shouldParallelize(weight) ? parallelLinear(weight, bias) : serialLinear(weight, bias);
        FlopCounter.addMultiplyAdds(numel() * weight.size(0));
        return result;
    }

    private Tensor serialLinear(Tensor weight, Tensor bias) {
        try (var b = toOptional(bias)) {
            return Tensor.wrap(torch.linear(unwrap(), weight.typeAs(self()).unwrap(), b));
        }
    }

    /**
     * x Wᵀ + b over the last axis, of a weight quantized by row: W = Q · scale. Blocks of Q are converted to the type
     * of this tensor one after another, so the whole weight never exists in it.
     *
     * @param quantized Q, int8 [out, in]
     * @param scale float32 [out, 1]
     * @param bias [out], or null
     */
    public Tensor linearInt8(Tensor quantized, Tensor scale, Tensor bias) {
        long outFeatures = quantized.size(0);
        // small enough for the cache; where products are divided among threads, large enough for that
        long blockRows = Engine.instance().parallelizesMatmul() ? 2048 : 256;
        return Scope.scoped(() -> {
            List<Tensor> blocks = new ArrayList<>();
            for (long row = 0; row < outFeatures; row += blockRows) {
                Tensor block = quantized.narrow(0, row, Math.min(blockRows, outFeatures - row));
                blocks.add(Scope.scoped(() -> linear(block.to(dtype()), null))); // [..., rows]
            }
            Tensor scaled = Tensor.cat(-1, blocks).mul(scale.view(outFeatures)); // [..., out], float32
            return (bias == null ? scaled : scaled.add_(bias)).to(dtype());
        });
    }

    private boolean shouldParallelize(Tensor weight) {
        return numel() * weight.size(0) > MIN_PARALLEL_MULTIPLY_ADDS
                && dtype() == DType.F32
                && Engine.instance().parallelizesMatmul()
                && !self().requiresGrad()
                && !weight.requiresGrad();
    }

    /**
     * Cuts the longer side into chunks for several threads. The chunks depend on the sizes alone, never on the threads.
     */
    private Tensor parallelLinear(Tensor weight, Tensor bias) {
        long inFeatures = size(-1),
                outFeatures = weight.size(0),
                rows = numel() / inFeatures,
                longSide = Math.max(rows, outFeatures);
        int chunks = 2 * (int) Math.max(1, Math.min(8, Math.round(longSide / 1024.0))),
                axis = rows >= outFeatures ? 0 : 1;
        long chunkSize = (longSide + chunks - 1) / chunks;
        long[] shape = shape();
        shape[shape.length - 1] = outFeatures;
        Tensor result = Tensor.empty(DType.F32, shape);
        try (var x = unwrap().reshape(rows, inFeatures);
                var w = axis == 0
                        ? weight.unwrap().to(DType.F32.scalarType)
                        : weight.unwrap().alias();
                var y = result.unwrap().view(rows, outFeatures)) {
            Engine.instance().workerPool().parallelFor(chunks, Engine.instance().numThreads(), i -> {
                long start = i * chunkSize, length = Math.min(chunkSize, longSide - start);
                try (var outputSlice = y.narrow(axis, start, length);
                        var lhs = axis == 0 ? x.narrow(0, start, length) : x.narrow(0, 0, rows);
                        var part = axis == 1 ? w.narrow(0, start, length) : w.narrow(0, 0, outFeatures);
                        var converted = part.to(DType.F32.scalarType);
                        var rhs = converted.t()) {
                    torch.mm_out(outputSlice, lhs, rhs);
                }
            });
        }
        return bias == null ? result : result.add_(bias);
    }

    /**
     * Convolution of [B, in, h, w].
     *
     * @param weight [out, in, k, k]
     * @param bias [out], or null
     * @return [B, out, h', w']
     */
    public Tensor conv2d(Tensor weight, Tensor bias, int stride, int padding) {
        if (Engine.instance().hasFaultyConvolution()) {
            if (self().dtype() == DType.BF16)
                return self().to(DType.F32)
                        .conv2d(weight.to(DType.F32), bias == null ? null : bias.to(DType.F32), stride, padding)
                        .to(DType.BF16);
            boolean requiresGrad = self().requiresGrad() || weight.requiresGrad();
            if (!isBlocked(weight.size(0), requiresGrad) || !isBlocked(weight.size(1), requiresGrad))
                return conv2dByMatmul(weight, bias, stride, padding);
        }
        try (var b = toOptional(bias)) {
            Tensor result = Tensor.wrap(torch.conv2d(
                    unwrap(),
                    weight.unwrap(),
                    b,
                    new long[] {stride, stride},
                    new long[] {padding, padding},
                    new long[] {1, 1},
                    1));
            FlopCounter.addMultiplyAdds(result.numel() * (weight.numel() / weight.size(0)));
            return result;
        }
    }

    /** Whether the kernels need no remainder for this number of channels, or compute it right everywhere. */
    private static boolean isBlocked(long channels, boolean requiresGrad) {
        return channels % 16 == 0 || (channels <= 8 && !requiresGrad);
    }

    /** A convolution as one matrix product over copies of all patches. */
    private Tensor conv2dByMatmul(Tensor weight, Tensor bias, int stride, int padding) {
        long out = weight.size(0), k = weight.size(2);
        long h = (size(2) + 2L * padding - k) / stride + 1, w = (size(3) + 2L * padding - k) / stride + 1;
        Tensor patches = map(t -> torch.im2col(
                t, new long[] {k, k}, new long[] {1, 1}, new long[] {padding, padding}, new long[] {stride, stride
                })); // [B, in · k · k, h' · w']
        Tensor result = weight.reshape(out, -1).matmul(patches).reshape(size(0), out, h, w);
        return bias == null ? result : result.add(bias.reshape(1, out, 1, 1));
    }

    /** [B, C, h, w] to [B, C, 2h, 2w] by nearest-neighbour interpolation. */
    public Tensor upsampleNearest2x() {
        return map(t -> torch.upsample_nearest2d(
                t, new long[] {2 * t.size(2), 2 * t.size(3)}, new DoubleOptional(), new DoubleOptional()));
    }

    /**
     * [B, C, h, w] to [B, C, height, width] by bicubic interpolation (a = −0.75, borders repeated, no antialiasing).
     * Index j of the result is at (j + 0.5) / scale − 0.5 of the source, where the scale need not be the quotient of
     * the sizes.
     */
    public Tensor upsampleBicubic2d(long height, long width, double scaleHeight, double scaleWidth) {
        try (var h = new DoubleOptional(scaleHeight);
                var w = new DoubleOptional(scaleWidth)) {
            return map(t -> torch.upsample_bicubic2d(t, new long[] {height, width}, false, h, w));
        }
    }

    /** [B, C, h, w] to [B, C, h/k, w/k] by averaging k × k cells. */
    public Tensor avgPool2d(int kernelSize) {
        return map(t -> torch.avg_pool2d(t, kernelSize, kernelSize));
    }

    /** Layer normalization of the last axis: (x − mean) / √(var + eps) · weight + bias; weight and bias may be null. */
    public Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
        try (var w = toOptional(weight);
                var b = toOptional(bias)) {
            return Tensor.wrap(torch.layer_norm(unwrap(), new long[] {size(-1)}, w, b, eps, false));
        }
    }

    /** Group normalization of [B, C, ...]; weight and bias [C] may be null. */
    public Tensor groupNorm(int groups, Tensor weight, Tensor bias, double eps) {
        try (var w = toOptional(weight);
                var b = toOptional(bias)) {
            return Tensor.wrap(torch.group_norm(unwrap(), groups, w, b, eps, false));
        }
    }

    /**
     * Looks up rows of this table [V, D].
     *
     * @param ids int64, any shape
     * @return [..., D]
     */
    public Tensor embedding(Tensor ids) {
        return Tensor.wrap(torch.embedding(unwrap(), ids.unwrap()));
    }

    /**
     * softmax(q kᵀ · scale + bias) v by libtorch's fused kernel.
     *
     * @param q [B, H, N, d]
     * @param k [B, H, M, d]
     * @param v [B, H, M, e]
     * @param bias broadcast to [B, H, N, M], or null
     * @return [B, H, N, e]
     */
    public static Tensor scaledDotProductAttention(Tensor q, Tensor k, Tensor v, Tensor bias, double scale) {
        try (var s = new DoubleOptional(scale);
                var b = toOptional(bias)) {
            Tensor result = Tensor.wrap(
                    torch.scaled_dot_product_attention(q.unwrap(), k.unwrap(), v.unwrap(), b, 0, false, s, false));
            FlopCounter.addMultiplyAdds(q.numel() * k.size(2) + q.numel() / q.size(3) * k.size(2) * v.size(3));
            return result;
        }
    }

    /**
     * Batched matrix product scale · q k, written into this tensor [C, N, M]; its previous content is ignored.
     *
     * @param q [C, N, d], may be a strided view
     * @param k [C, d, M], may be a strided view
     */
    public Tensor bmmOut(Tensor q, Tensor k, double scale) {
        try (var beta = new Scalar(0.0);
                var alpha = new Scalar(scale)) {
            torch.baddbmm_out(unwrap(), unwrap(), q.unwrap(), k.unwrap(), beta, alpha);
        }
        FlopCounter.addMultiplyAdds(q.numel() * k.size(2));
        return self();
    }

    /** Batched matrix product a b, written into this tensor [C, N, d], which may be a strided view. */
    public Tensor bmmOut(Tensor a, Tensor b) {
        torch.bmm_out(unwrap(), a.unwrap(), b.unwrap());
        FlopCounter.addMultiplyAdds(a.numel() * b.size(2));
        return self();
    }

    /**
     * this + alpha · x Wᵀ over the last axis, for inference in this tensor itself and without a temporary one.
     *
     * <p>This tensor [..., out] is contiguous and overwritten, unless a gradient is needed.
     *
     * @param x [..., in], of the type of this tensor
     * @param weight [out, in]; converted to that type
     */
    public Tensor addLinear(Tensor x, Tensor weight, double alpha) {
        Tensor w = weight.typeAs(self());
        long out = w.size(0), in = w.size(1);
        boolean inPlace = !self().requiresGrad() && !x.requiresGrad() && !w.requiresGrad();
        FlopCounter.addMultiplyAdds(x.numel() * out);
        try (var one = new Scalar(1.0);
                var a = new Scalar(alpha);
                var y = unwrap().view(-1, out);
                var rows = x.unwrap().reshape(-1, in);
                var transposed = w.unwrap().t()) {
            if (!inPlace) {
                try (var sum = y.addmm(rows, transposed, one, a)) {
                    return Tensor.wrap(sum.view(shape()));
                }
            }
            y.addmm_(rows, transposed, one, a);
            return self();
        }
    }

    /** Softmax over the last axis, in place. */
    public Tensor softmax_() {
        torch.softmax_out(unwrap(), unwrap(), -1);
        return self();
    }

    /** Softmax over an axis. */
    public Tensor softmax(int axis) {
        return Tensor.wrap(torch.softmax(unwrap(), axis));
    }

    /** Logarithm of the softmax over an axis. */
    public Tensor logSoftmax(int axis) {
        return Tensor.wrap(torch.log_softmax(unwrap(), axis));
    }

    /** x · Φ(x), with the exact normal distribution function. */
    public Tensor gelu() {
        return Tensor.wrap(torch.gelu(unwrap()));
    }

    /** GELU by its tanh approximation: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
    public Tensor geluTanh() {
        return Tensor.wrap(torch.gelu(unwrap(), "tanh"));
    }

    /** {@link #geluTanh} in place. */
    public Tensor geluTanh_() {
        torch.gelu_(unwrap(), "tanh");
        return self();
    }

    /** GELU as CLIP approximates it: x · sigmoid(1.702 x). */
    public Tensor quickGelu() {
        return mul(1.702).silu_().mul_(1 / 1.702);
    }

    /** x · sigmoid(x). */
    public Tensor silu() {
        return Tensor.wrap(torch.silu(unwrap()));
    }

    /** x · sigmoid(x), in place. */
    public Tensor silu_() {
        torch.silu_(unwrap());
        return self();
    }

    /** 1 / (1 + exp(−x)). */
    public Tensor sigmoid() {
        return Tensor.wrap(unwrap().sigmoid());
    }

    /** max(x, 0). */
    public Tensor relu() {
        return Tensor.wrap(torch.relu(unwrap()));
    }

    /** Divides each vector of the last axis by its L2 norm; zero vectors stay zero. */
    public Tensor normalize() {
        return mul(mul(self()).sum(true, -1).add(1e-12).rsqrt());
    }

    private static TensorOptional toOptional(Tensor t) {
        return t == null ? new TensorOptional() : new TensorOptional(t.unwrap());
    }
}

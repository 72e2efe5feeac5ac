package dev.mige4j.tensor;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Pointwise operations, comparisons, reductions, and matrix products of {@link Tensor}. Binary operations broadcast and
 * promote types as in libtorch.
 */
abstract sealed class TensorMath extends TensorShape permits TensorFunctional {

    /** this + other. */
    public Tensor add(Tensor other) {
        return Tensor.wrap(unwrap().add(other.unwrap()));
    }

    /** this + v. */
    public Tensor add(double v) {
        return withScalar(v, (t, s) -> t.add(s));
    }

    /** this + alpha · other. */
    public Tensor add(Tensor other, double alpha) {
        try (var s = new Scalar(alpha)) {
            return Tensor.wrap(unwrap().add(other.unwrap(), s));
        }
    }

    /** this - other. */
    public Tensor sub(Tensor other) {
        return Tensor.wrap(unwrap().sub(other.unwrap()));
    }

    /** this - v. */
    public Tensor sub(double v) {
        return add(-v);
    }

    /** this · other, element by element. */
    public Tensor mul(Tensor other) {
        return Tensor.wrap(unwrap().mul(other.unwrap()));
    }

    /** this · v. */
    public Tensor mul(double v) {
        return withScalar(v, (t, s) -> t.mul(s));
    }

    /** this / other. */
    public Tensor div(Tensor other) {
        return Tensor.wrap(unwrap().div(other.unwrap()));
    }

    /** this / v. */
    public Tensor div(double v) {
        return withScalar(v, (t, s) -> t.div(s));
    }

    /** this to the power of v. */
    public Tensor pow(double v) {
        return withScalar(v, (t, s) -> t.pow(s));
    }

    /** this + a · b, element by element. */
    public Tensor addcmul(Tensor a, Tensor b) {
        return Tensor.wrap(torch.addcmul(unwrap(), a.unwrap(), b.unwrap()));
    }

    /** Matrix product over the last two axes; the others are broadcast. */
    public Tensor matmul(Tensor other) {
        Tensor result = Tensor.wrap(unwrap().matmul(other.unwrap()));
        FlopCounter.addMultiplyAdds(numel() * (other.dim() > 1 ? other.size(-1) : 1));
        return result;
    }

    /** Hyperbolic tangent. */
    public Tensor tanh() {
        return Tensor.wrap(unwrap().tanh());
    }

    /** e to the power of x. */
    public Tensor exp() {
        return Tensor.wrap(unwrap().exp());
    }

    /** exp(x) − 1, accurate near 0. */
    public Tensor expm1() {
        return Tensor.wrap(unwrap().expm1());
    }

    /** Natural logarithm. */
    public Tensor log() {
        return Tensor.wrap(unwrap().log());
    }

    /** √x. */
    public Tensor sqrt() {
        return Tensor.wrap(unwrap().sqrt());
    }

    /** 1 / √x. */
    public Tensor rsqrt() {
        return Tensor.wrap(unwrap().rsqrt());
    }

    /** Sine. */
    public Tensor sin() {
        return Tensor.wrap(unwrap().sin());
    }

    /** Cosine. */
    public Tensor cos() {
        return Tensor.wrap(unwrap().cos());
    }

    /** Absolute value. */
    public Tensor abs() {
        return Tensor.wrap(unwrap().abs());
    }

    /** −x. */
    public Tensor neg() {
        return Tensor.wrap(unwrap().neg());
    }

    /** Nearest integer, ties to even. */
    public Tensor round() {
        return Tensor.wrap(unwrap().round());
    }

    /** Limits the elements to [min, max]. */
    public Tensor clamp(double min, double max) {
        try (var a = new Scalar(min);
                var b = new Scalar(max);
                var lo = new ScalarOptional(a);
                var hi = new ScalarOptional(b)) {
            return Tensor.wrap(unwrap().clamp(lo, hi));
        }
    }

    /** Limits the elements to at least min. */
    public Tensor clampMin(double min) {
        try (var a = new Scalar(min);
                var lo = new ScalarOptional(a)) {
            return Tensor.wrap(unwrap().clamp(lo));
        }
    }

    /** Limits the elements to at most max. */
    public Tensor clampMax(double max) {
        return withScalar(max, (t, s) -> t.clamp_max(s));
    }

    /** A BOOL tensor: this = v. */
    public Tensor eq(double v) {
        return withScalar(v, (t, s) -> t.eq(s));
    }

    /** A BOOL tensor: this &lt; v. */
    public Tensor lt(double v) {
        return withScalar(v, (t, s) -> t.lt(s));
    }

    /** A BOOL tensor: this &gt; v. */
    public Tensor gt(double v) {
        return withScalar(v, (t, s) -> t.gt(s));
    }

    /** {@code ifTrue} where the BOOL {@code condition} holds, {@code ifFalse} elsewhere. */
    public static Tensor where(Tensor condition, Tensor ifTrue, Tensor ifFalse) {
        return Tensor.wrap(torch.where(condition.unwrap(), ifTrue.unwrap(), ifFalse.unwrap()));
    }

    /** Whether no element is NaN or infinite. */
    public boolean isFinite() {
        Tensor finite = Tensor.wrap(torch.isfinite(unwrap())); // BOOL
        return Tensor.wrap(finite.unwrap().all()).item() != 0;
    }

    /** Index of the largest element along an axis, int64. */
    public Tensor argmax(int axis) {
        try (var a = new LongOptional(axis)) {
            return Tensor.wrap(unwrap().argmax(a, false));
        }
    }

    /** Sum of all elements. */
    public Tensor sum() {
        return Tensor.wrap(unwrap().sum());
    }

    /** Sum over axes, which keep size 1 or are removed. */
    public Tensor sum(boolean keepDim, long... axes) {
        return Tensor.wrap(unwrap().sum(axes, keepDim, new ScalarTypeOptional()));
    }

    /** Mean of all elements. */
    public Tensor mean() {
        return Tensor.wrap(unwrap().mean());
    }

    /** Mean over axes, which keep size 1 or are removed. */
    public Tensor mean(boolean keepDim, long... axes) {
        return Tensor.wrap(unwrap().mean(axes, keepDim, new ScalarTypeOptional()));
    }

    /** Maximum over axes, which keep size 1 or are removed. */
    public Tensor amax(boolean keepDim, long... axes) {
        return Tensor.wrap(unwrap().amax(axes, keepDim));
    }

    /** L2 norm of all elements. */
    public Tensor norm() {
        return Tensor.wrap(unwrap().norm());
    }

    /** log Σ exp over an axis, which is removed. */
    public Tensor logSumExp(int axis) {
        return Tensor.wrap(torch.logsumexp(unwrap(), axis));
    }

    /** Cumulative sum along an axis. */
    public Tensor cumsum(int axis) {
        return Tensor.wrap(unwrap().cumsum(axis));
    }

    /** Sets every element. */
    public Tensor fill_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().fill_(s);
            return self();
        }
    }

    /** Copies the elements of another tensor, converting their type. */
    public Tensor copy_(Tensor other) {
        unwrap().copy_(other.unwrap());
        return self();
    }

    /** this += other. */
    public Tensor add_(Tensor other) {
        unwrap().add_(other.unwrap());
        return self();
    }

    /** this += alpha · other. */
    public Tensor add_(Tensor other, double alpha) {
        try (var s = new Scalar(alpha)) {
            unwrap().add_(other.unwrap(), s);
            return self();
        }
    }

    /** this += v. */
    public Tensor add_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().add_(s);
            return self();
        }
    }

    /** this *= v. */
    public Tensor mul_(double v) {
        try (var s = new Scalar(v)) {
            unwrap().mul_(s);
            return self();
        }
    }

    /** this *= other. */
    public Tensor mul_(Tensor other) {
        unwrap().mul_(other.unwrap());
        return self();
    }

    /** Replaces NaN by 0, and infinities by the largest finite numbers. */
    public Tensor nanToNum_() {
        unwrap().nan_to_num_();
        return self();
    }

    /** Writes √this into {@code out}, which it returns. */
    public Tensor sqrtOut(Tensor out) {
        torch.sqrt_out(out.unwrap(), unwrap());
        return out;
    }

    /** this += scale · a · b, element by element. */
    public Tensor addcmul_(Tensor a, Tensor b, double scale) {
        try (var s = new Scalar(scale)) {
            unwrap().addcmul_(a.unwrap(), b.unwrap(), s);
            return self();
        }
    }

    /** this += scale · a / b, element by element. */
    public Tensor addcdiv_(Tensor a, Tensor b, double scale) {
        try (var s = new Scalar(scale)) {
            unwrap().addcdiv_(a.unwrap(), b.unwrap(), s);
            return self();
        }
    }

    /** this += weight · (other − this). */
    public Tensor lerp_(Tensor other, double weight) {
        try (var s = new Scalar(weight)) {
            unwrap().lerp_(other.unwrap(), s);
            return self();
        }
    }

    private interface ScalarOp {
        org.bytedeco.pytorch.Tensor apply(org.bytedeco.pytorch.Tensor t, Scalar s);
    }

    private Tensor withScalar(double value, ScalarOp op) {
        try (var s = new Scalar(value)) {
            return Tensor.wrap(op.apply(unwrap(), s));
        }
    }
}

package dev.mige4j.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** libtorch's kernels are wrong for some numbers of channels on some processors. */
class ConvolutionTest {

    @ParameterizedTest
    @CsvSource({"4, 56, 2", "8, 12, 3", "12, 16, 3", "15, 64, 3", "16, 130, 3", "17, 16, 3", "24, 64, 3", "32, 32, 1"})
    void convolutionsAndTheirGradientsAreThoseInFloat64ForAnyNumberOfChannels(int in, int out, int kernel) {
        Scope.scoped(() -> {
            Tensor x = Rng.forName(1, "x").normal(2, in, 16, 16).to(DType.BF16).to(DType.F32);
            Tensor w = Rng.forName(1, "w")
                    .normal(out, in, kernel, kernel)
                    .to(DType.BF16)
                    .to(DType.F32);
            Tensor b = Rng.forName(1, "b").normal(out).to(DType.BF16).to(DType.F32);
            Tensor exact = x.to(DType.F64).conv2d(w.to(DType.F64), b.to(DType.F64), 1, 1);
            assertClose(exact, x.conv2d(w, b, 1, 1), 1e-5);
            assertClose(exact, x.to(DType.BF16).conv2d(w.to(DType.BF16), b.to(DType.BF16), 1, 1), 0.01);
            Tensor exactGradient = gradient(x.to(DType.F64), w.to(DType.F64));
            assertClose(exactGradient, gradient(x, w), 1e-5);
            return null;
        });
    }

    private static Tensor gradient(Tensor x, Tensor w) {
        Tensor leaf = w.detach().requiresGrad_(true);
        Tensor y = x.conv2d(leaf, null, 1, 1);
        y.mul(y).mean().backward();
        return leaf.grad();
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        double error = actual.to(DType.F64).sub(expected).norm().item()
                / expected.norm().item();
        assertEquals(0, error, tolerance);
    }
}

package dev.mige4j.tensor;

import static dev.mige4j.tensor.Scope.scoped;
import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.nn.Attention;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorTest {

    final Rng rng = new Rng(1, 0);

    @Test
    void roundTripsArrays() {
        assertArrayEquals(
                new float[] {1, 2, 3, 4},
                Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).toFloatArray());
        assertArrayEquals(new long[] {7, -1}, Tensor.of(new long[] {7, -1}, 2).toLongArray());
        assertEquals(DType.U8, Tensor.of(new byte[] {1}, 1).dtype());
    }

    @Test
    void repeatsElementsOfAnAxis() {
        Tensor x = Tensor.arange(4).view(2, 2);
        assertArrayEquals(
                new long[] {0, 1, 0, 1, 2, 3, 2, 3}, x.repeatInterleave(2, 0).toLongArray());
        assertArrayEquals(
                new long[] {0, 0, 1, 1, 2, 2, 3, 3}, x.repeatInterleave(2, -1).toLongArray());
    }

    @Test
    void rejectsValuesThatDoNotFillTheShape() {
        var e = assertThrows(ShapeException.class, () -> Tensor.of(new float[3], 2, 2));
        assertEquals("3 values cannot fill a tensor of shape [2, 2]", e.getMessage());
    }

    @Test
    void reportsTheExpectedShape() {
        var e = assertThrows(
                ShapeException.class, () -> Tensor.zeros(1, 9, 12).expect("patches", "[B, N, C]", 2, Tensor.ANY, 12));
        assertEquals("patches [B, N, C] is [1, 9, 12], expected [2, any, 12]", e.getMessage());
    }

    @Test
    void scopeFreesEverythingButItsResult() {
        List<Tensor> intermediates = new ArrayList<>();
        Map<String, Tensor> result = scoped(() -> {
            intermediates.add(Tensor.zeros(3));
            return Map.of("kept", scoped(() -> Tensor.ones(2).add(1)));
        });
        assertEquals("Tensor (freed)", intermediates.get(0).toString());
        assertArrayEquals(new float[] {2, 2}, result.get("kept").toFloatArray());
        assertThrows(IllegalStateException.class, () -> intermediates.get(0).add(1));
    }

    @Test
    void sequentialFreesIntermediateTensors() {
        List<Tensor> intermediates = new ArrayList<>();
        Tensor x = Tensor.ones(2).requiresGrad_(true);
        Tensor output = Scope.sequential(x, List.of(t -> t.mul(3), t -> {
            intermediates.add(t);
            return t.mul(t);
        }));
        assertEquals("Tensor (freed)", intermediates.get(0).toString());
        output.sum().backward();
        assertArrayEquals(new float[] {18, 18}, x.grad().toFloatArray());
    }

    @Test
    void repeatedScopesDoNotLeakMemory() throws Exception {
        Runnable work = () -> scoped(() -> {
            Tensor x = Tensor.ones(1 << 20);
            for (int i = 0; i < 10; i++)
                x = x.linear(Tensor.ones(1, 1 << 20), null).expand(1 << 20).contiguous();
        });
        for (int i = 0; i < 10; i++) work.run(); // until the allocator has reached its steady size
        long baseline = residentBytes();
        for (int i = 0; i < 50; i++) work.run();
        long growth = residentBytes() - baseline;
        assertTrue(
                growth < 64L << 20, "grew by " + growth + " bytes; one leaked tensor per scope would be 210 million");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void chunkedAndUnfusedAttentionMatchTheFusedKernel(int heads) {
        Tensor q = rng.normal(2, 5, 6),
                k = rng.normal(2, 7, 6),
                v = rng.normal(2, 7, 9),
                bias = rng.normal(heads, 5, 7);
        Tensor fused = Attention.attend(q, k, v, heads, 0.5, bias);
        Tensor chunked = Attention.attend(q.to(DType.BF16), k.to(DType.BF16), v.to(DType.BF16), heads, 0.5, bias)
                .to(DType.F32);
        assertClose(fused, chunked, 0.03);
        assertClose(fused, Attention.attendShort(q, k, v, heads, 0.5, bias), 1e-6);
        assertClose(
                fused,
                Attention.attend(q.requiresGrad_(true), k, v, heads, 0.5, bias).detach(),
                1e-6); // unfused
    }

    @Test
    void attentionOfShortSequencesTakesOneBiasForAllHeads() {
        Tensor q = rng.normal(2, 5, 6), k = rng.normal(2, 7, 6), v = rng.normal(2, 7, 9), bias = rng.normal(1, 5, 7);
        assertClose(
                Attention.attendShort(q, k, v, 3, 0.5, Tensor.cat(0, bias, bias, bias)),
                Attention.attendShort(q, k, v, 3, 0.5, bias),
                0);
        assertClose(Attention.attend(q, k, v, 3, 0.5, null), Attention.attendShort(q, k, v, 3, 0.5, null), 1e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 150, 300})
    void linearMatchesTheFormulaForFewAndManyRows(int rows) {
        Tensor x = rng.normal(2, rows, 160), w = rng.normal(333, 160), b = rng.normal(333);
        Tensor expected =
                x.to(DType.F64).matmul(w.to(DType.F64).transpose(0, 1)).add(b.to(DType.F64));
        assertClose(expected, x.linear(w, b).to(DType.F64), 1e-6);
        assertClose(expected.sub(b), x.linear(w, null).to(DType.F64), 1e-6);
        assertClose(expected, x.transpose(0, 1).linear(w, b).transpose(0, 1).to(DType.F64), 1e-6);
        Tensor stored = w.to(DType.BF16);
        assertClose(x.linear(stored.to(DType.F32), b), x.linear(stored, b), 1e-6);
    }

    @Test
    void flopListenerEndsTheWork() {
        List<Long> counts = new ArrayList<>();
        Tensor x = Tensor.ones(2, 2);
        assertThrows(
                IllegalStateException.class,
                () -> FlopCounter.observe(
                        flops -> {
                            counts.add(flops);
                            if (counts.size() == 2) throw new IllegalStateException();
                        },
                        () -> x.matmul(x).matmul(x).matmul(x)));
        assertEquals(List.of(16L, 16L), counts);
        assertEquals(16, FlopCounter.count(() -> x.matmul(x)), "the listener is gone");
    }

    @Test
    void countsFlops() {
        assertEquals(2 * 5 * 3 * 7, FlopCounter.count(() -> Tensor.ones(5, 3).linear(Tensor.ones(7, 3), null)));
        assertEquals(2 * 2 * 4 * 4 * 3 * 9, FlopCounter.count(() -> Tensor.ones(1, 3, 4, 4)
                .conv2d(Tensor.ones(2, 3, 3, 3), null, 1, 1)));
        assertEquals(
                2 * 2 * 6 * 8 * 10,
                FlopCounter.count(() ->
                        Attention.attend(Tensor.ones(1, 6, 10), Tensor.ones(1, 8, 10), Tensor.ones(1, 8, 10), 2)));
        assertEquals(0, FlopCounter.count(() -> null));
    }

    @Test
    void attentionMatchesTheFormula() {
        Tensor q = rng.normal(1, 4, 3), k = rng.normal(1, 5, 3), v = rng.normal(1, 5, 3);
        Tensor expected = q.matmul(k.transpose(1, 2)).mul(0.7).softmax(-1).matmul(v);
        assertClose(expected, Attention.attend(q, k, v, 1, 0.7, null), 1e-6);
    }

    @Test
    void gradientsAccumulateInASharedBuffer() {
        Tensor flat = Tensor.zeros(4), w = Tensor.of(new float[] {1, 2}, 2).requiresGrad_(true);
        w.setGrad(flat.narrow(0, 2, 2));
        w.mul(w).sum().backward();
        assertArrayEquals(new float[] {0, 0, 2, 4}, flat.toFloatArray());
    }

    @Test
    void assertCloseRejectsNan() {
        Tensor expected = Tensor.of(new float[] {1, 2}, 2), actual = Tensor.of(new float[] {Float.NaN, 2}, 2);
        assertThrows(AssertionError.class, () -> assertClose(expected, actual, 1));
    }

    @Test
    void whereSelectsByTheCondition() {
        Tensor x = Tensor.of(new float[] {-1, 2}, 2);
        assertArrayEquals(
                new float[] {0, 2}, Tensor.where(x.lt(0), Tensor.zeros(2), x).toFloatArray());
    }

    @Test
    void warnsOnlyWhenTheOpenMpWaitPolicyIsUnset() {
        boolean linux = System.getProperty("os.name").startsWith("Linux");
        assertEquals(linux, Engine.idleThreadsSpin(Map.of()));
        assertFalse(Engine.idleThreadsSpin(Map.of("OMP_WAIT_POLICY", "PASSIVE")));
        assertFalse(Engine.idleThreadsSpin(Map.of("GOMP_SPINCOUNT", "0")));
    }

    @Test
    void countsAnAvx2LimitOfLibtorchAsAProcessorWithoutAvx512() {
        assertTrue(Engine.limitedToAvx2(Map.of("ATEN_CPU_CAPABILITY", "avx2")));
        assertFalse(Engine.limitedToAvx2(Map.of("ATEN_CPU_CAPABILITY", "avx512")));
        assertFalse(Engine.limitedToAvx2(Map.of()));
    }

    private static long residentBytes() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
        return 0;
    }
}

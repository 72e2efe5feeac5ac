package mige.encoder;

import static mige.encoder.T5Encoder.Config.TINY;
import static mige.tensor.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import mige.tensor.Rng;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class T5EncoderTest {

    final T5Encoder encoder = new T5Encoder(TINY, Weights.random(3));
    final Tensor places = new Rng(2, 0).normal(12, 8);

    @Test void readsItemsBehindEachOtherAsItReadsThemPaddedUnderAMask() {
        Tensor padded = Tensor.stack(0, java.util.List.of(places.narrow(0, 0, 7), Tensor.cat(0, places.narrow(0, 7, 5), new Rng(8, 8).normal(2, 8))));
        Tensor mask = Tensor.of(new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 7);
        Tensor plain = encoder.forward(padded, mask), packed = encoder.forward(places, new int[] {7, 5});
        assertClose(plain.select(0, 0), packed.narrow(0, 0, 7), 1e-5);
        assertClose(plain.select(0, 1).narrow(0, 0, 5), packed.narrow(0, 7, 5), 1e-5);
    }

    @Test void neverMixesTheItemsOfABatch() {
        Tensor both = encoder.forward(places, new int[] {7, 5});
        assertClose(encoder.forward(places.narrow(0, 7, 5), new int[] {5}), both.narrow(0, 7, 5), 1e-5);
    }

    @Test void readsTheSameWhileItLearns() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        T5Encoder learning = new T5Encoder(TINY, Weights.random(3).recordingInto(weights));
        weights.values().forEach(w -> w.needGradient(true));
        Tensor read = learning.forward(places, new int[] {2, 7, 3});
        assertClose(encoder.forward(places, new int[] {2, 7, 3}), read.detach(), 1e-5);
        read.narrow(0, 2, 7).sum().backward();
        assertTrue(weights.get("encoder.block.0.layer.0.SelfAttention.q.weight").gradient().abs().sum().item() > 0);
    }

    @Test void tellsBeforeFromBehind() {
        double apart = encoder.forward(places, new int[] {12}).sub(encoder.forward(places.flip(0), new int[] {12}).flip(0)).abs().amax(false, 0, 1).item();
        assertTrue(apart > 1e-3, "order makes a difference of " + apart);
    }

    @Test void addsTheSameBiasForTheSameDistance() {
        Tensor shorter = encoder.bias(5), longer = encoder.bias(9);
        assertClose(shorter, longer.narrow(1, 3, 5).narrow(2, 3, 5), 0);
    }

    @ParameterizedTest @CsvSource({"0,0", "-1,1", "-7,7", "-8,8", "-11,8", "-12,9", "-16,10", "-23,11", "-32,12", "-46,13", "-64,14", "-90,14",
            "-91,15", "-255,15", "1,17", "7,23", "8,24", "15,25", "16,26", "31,27", "45,28", "63,29", "90,30", "91,31", "10000,31"})
    void sortsDistancesIntoTheReferencesBuckets(int distance, int bucket) {
        assertEquals(bucket, T5Encoder.bucket(distance, 32, 128));
    }

    @Test void saysWhichLengthsItExpected() {
        var e = assertThrows(ShapeException.class, () -> encoder.forward(places, new int[] {7, 4}));
        assertEquals("places [R, E] is [12, 8], expected [11, 8]", e.getMessage());
    }
}

package mige.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import mige.tensor.DType;

class ConversionTest {

    @Test void roundsToTheNearestBfloatAndTiesToEven() {
        assertEquals(0x3F80, bits(1f));
        assertEquals(0x3F80, bits(Float.intBitsToFloat(0x3F808000)));        // half way: to the even one, down
        assertEquals(0x3F82, bits(Float.intBitsToFloat(0x3F818000)));        // half way: to the even one, up
        assertEquals(0x3F81, bits(Float.intBitsToFloat(0x3F808001)));
        assertEquals(0x7F80, bits(Float.MAX_VALUE));                         // rounds to infinity, as libtorch does
        assertEquals(0x7FC0, bits(Float.NaN));
        assertEquals(0x8000, bits(-0f));
    }

    private static int bits(float value) {
        return Conversion.floatToBfloat(value) & 0xFFFF;
    }

    @Test void widensEveryHalfExactly() {
        for (int half = 0; half < 0x7C00; half++) {
            int exponent = half >> 10, fraction = half & 0x3FF;
            double expected = exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
            assertEquals(expected, Conversion.halfToFloat((short) half));
            assertEquals(-expected, Conversion.halfToFloat((short) (half | 0x8000)));
        }
        assertEquals(Float.POSITIVE_INFINITY, Conversion.halfToFloat((short) 0x7C00));
        assertEquals(Float.NaN, Conversion.halfToFloat((short) 0x7E00));
    }

    @Test void goesFromHalfToBfloatInOneRounding() {
        ByteBuffer from = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) 0x3C01), into = ByteBuffer.allocate(2);
        Conversion.convert(from, DType.F16, into, DType.BF16);
        assertEquals(0x3F80, into.order(ByteOrder.LITTLE_ENDIAN).getShort(0));
    }
}

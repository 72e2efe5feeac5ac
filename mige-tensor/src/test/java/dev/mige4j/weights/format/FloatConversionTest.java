package dev.mige4j.weights.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class FloatConversionTest {

    @Test
    void roundsToNearestBfloat16TiesToEven() {
        assertEquals(0x3F80, bfloat16Bits(1f));
        assertEquals(0x3F80, bfloat16Bits(Float.intBitsToFloat(0x3F808000))); // half way: to the even one, down
        assertEquals(0x3F82, bfloat16Bits(Float.intBitsToFloat(0x3F818000))); // half way: to the even one, up
        assertEquals(0x3F81, bfloat16Bits(Float.intBitsToFloat(0x3F808001)));
        assertEquals(0x7F80, bfloat16Bits(Float.MAX_VALUE)); // rounds to infinity, as libtorch does
        assertEquals(0x7FC0, bfloat16Bits(Float.NaN));
        assertEquals(0x8000, bfloat16Bits(-0f));
    }

    private static int bfloat16Bits(float value) {
        return FloatConversion.floatToBfloat16(value) & 0xFFFF;
    }

    @Test
    void convertsEveryFloat16Exactly() {
        for (int bits = 0; bits < 0x7C00; bits++) {
            int exponent = bits >> 10, mantissa = bits & 0x3FF;
            double expected = exponent == 0 ? mantissa * 0x1p-24 : (1 + mantissa / 1024.0) * Math.pow(2, exponent - 15);
            assertEquals(expected, FloatConversion.float16ToFloat((short) bits));
            assertEquals(-expected, FloatConversion.float16ToFloat((short) (bits | 0x8000)));
        }
        assertEquals(Float.POSITIVE_INFINITY, FloatConversion.float16ToFloat((short) 0x7C00));
        assertEquals(Float.NaN, FloatConversion.float16ToFloat((short) 0x7E00));
    }

    @Test
    void convertsFloat16ToBfloat16WithOneRounding() {
        ByteBuffer
                source = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, (short) 0x3C01),
                target = ByteBuffer.allocate(2);
        FloatConversion.convert(source, DType.F16, target, DType.BF16);
        assertEquals(0x3F80, target.order(ByteOrder.LITTLE_ENDIAN).getShort(0));
    }
}

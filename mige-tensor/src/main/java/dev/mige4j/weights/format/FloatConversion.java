package dev.mige4j.weights.format;

import dev.mige4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Converts buffers between floating-point types; rounds to nearest, ties to even, as libtorch does. */
public final class FloatConversion {

    private FloatConversion() {}

    /** Converts all complete elements that remain in {@code source}; both buffers are little-endian. */
    public static void convert(ByteBuffer source, DType sourceDType, ByteBuffer target, DType targetDType) {
        source.order(ByteOrder.LITTLE_ENDIAN);
        target.order(ByteOrder.LITTLE_ENDIAN);
        if (sourceDType == targetDType) {
            target.put(source);
            return;
        }
        if (!sourceDType.isFloatingPoint() || !targetDType.isFloatingPoint())
            throw new IllegalArgumentException("Cannot convert " + sourceDType + " to " + targetDType + ".");
        while (source.remaining() >= sourceDType.elementSize()) {
            double value =
                    switch (sourceDType) {
                        case F64 -> source.getDouble();
                        case F32 -> source.getFloat();
                        case F16 -> float16ToFloat(source.getShort());
                        default -> bfloat16ToFloat(source.getShort());
                    };
            switch (targetDType) {
                case F64 -> target.putDouble(value);
                case F32 -> target.putFloat((float) value);
                case BF16 -> target.putShort(floatToBfloat16((float) value));
                default -> throw new IllegalArgumentException("Cannot convert to " + targetDType + ".");
            }
        }
    }

    /** Exact. */
    public static float bfloat16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to nearest, ties to even; every NaN becomes 0x7FC0. */
    public static short floatToBfloat16(float value) {
        if (Float.isNaN(value)) return 0x7FC0;
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Exact. */
    public static float float16ToFloat(short bits) {
        int sign = (bits & 0x8000) << 16, exponent = (bits >>> 10) & 0x1F, mantissa = bits & 0x3FF;
        if (exponent == 0x1F) return Float.intBitsToFloat(sign | 0x7F800000 | mantissa << 13);
        if (exponent != 0) return Float.intBitsToFloat(sign | (exponent + 112) << 23 | mantissa << 13);
        float subnormal = mantissa * 0x1p-24f; // the mantissa of a subnormal counts steps of 2^-24
        return sign == 0 ? subnormal : -subnormal;
    }
}

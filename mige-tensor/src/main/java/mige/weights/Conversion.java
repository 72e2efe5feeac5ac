package mige.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import mige.tensor.DType;

/** Converts numbers between floating-point types a buffer at a time, as libtorch does: to the nearest value, ties to even. */
final class Conversion {

    private Conversion() { }

    /** Converts all whole numbers left in {@code from} and puts them into {@code into}; both little-endian, both moved on. */
    static void convert(ByteBuffer from, DType fromType, ByteBuffer into, DType intoType) {
        from.order(ByteOrder.LITTLE_ENDIAN);
        into.order(ByteOrder.LITTLE_ENDIAN);
        if (fromType == intoType) {
            into.put(from);
            return;
        }
        if (!fromType.isFloat() || !intoType.isFloat()) throw new IllegalArgumentException(fromType + " is not converted to " + intoType);
        while (from.remaining() >= fromType.bytes()) {
            double value = switch (fromType) {
                case F64 -> from.getDouble();
                case F32 -> from.getFloat();
                case F16 -> halfToFloat(from.getShort());
                default -> bfloatToFloat(from.getShort());
            };
            switch (intoType) {
                case F64 -> into.putDouble(value);
                case F32 -> into.putFloat((float) value);
                case BF16 -> into.putShort(floatToBfloat((float) value));
                default -> throw new IllegalArgumentException("float16 is read, never written");
            }
        }
    }

    static float bfloatToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    static short floatToBfloat(float value) {
        if (Float.isNaN(value)) return 0x7FC0;
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16, exponent = (half >>> 10) & 0x1F, fraction = half & 0x3FF;
        if (exponent == 0x1F) return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
        if (exponent != 0) return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
        float small = fraction * 0x1p-24f;                    // subnormal: the fraction counts steps of 2^-24
        return sign == 0 ? small : -small;
    }
}

package dev.mige4j.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element type of a tensor. */
public enum DType {
    F64("F64", 8, ScalarType.Double),
    F32("F32", 4, ScalarType.Float),
    BF16("BF16", 2, ScalarType.BFloat16),
    F16("F16", 2, ScalarType.Half),
    I64("I64", 8, ScalarType.Long),
    I32("I32", 4, ScalarType.Int),
    I16("I16", 2, ScalarType.Short),
    I8("I8", 1, ScalarType.Char),
    U8("U8", 1, ScalarType.Byte),
    BOOL("BOOL", 1, ScalarType.Bool);

    private final String label;
    private final int elementSize;
    final ScalarType scalarType;

    DType(String label, int elementSize, ScalarType scalarType) {
        this.label = label;
        this.elementSize = elementSize;
        this.scalarType = scalarType;
    }

    /** The name used in safetensors headers, such as {@code BF16}. */
    public String label() {
        return label;
    }

    /** Bytes of one element. */
    public int elementSize() {
        return elementSize;
    }

    /** Whether it is F64, F32, BF16 or F16. */
    public boolean isFloatingPoint() {
        return this == F64 || this == F32 || this == BF16 || this == F16;
    }

    static DType of(ScalarType scalarType) {
        for (DType dtype : values()) {
            if (dtype.scalarType.value == scalarType.value) return dtype;
        }
        throw new IllegalStateException("The element type " + scalarType + " is not supported.");
    }
}

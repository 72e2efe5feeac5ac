package dev.mige4j.weights.torch;

import dev.mige4j.tensor.DType;
import java.util.HashMap;
import java.util.Map;

/**
 * Element type of a PyTorch storage or tensor.
 *
 * @param name PyTorch's name, such as {@code float32}
 * @param size of an element in bytes; 0 if unknown
 * @param dtype null if this project cannot read the type, such as {@code complex64} or {@code float8_e4m3fn}
 */
record ElementType(String name, int size, DType dtype) {

    private static final Map<String, ElementType> BY_NAME = new HashMap<>(), BY_STORAGE = new HashMap<>();

    static {
        register("DoubleStorage", "float64", 8, DType.F64);
        register("FloatStorage", "float32", 4, DType.F32);
        register("HalfStorage", "float16", 2, DType.F16);
        register("BFloat16Storage", "bfloat16", 2, DType.BF16);
        register("LongStorage", "int64", 8, DType.I64);
        register("IntStorage", "int32", 4, DType.I32);
        register("ShortStorage", "int16", 2, DType.I16);
        register("CharStorage", "int8", 1, DType.I8);
        register("ByteStorage", "uint8", 1, DType.U8);
        register("BoolStorage", "bool", 1, DType.BOOL);
        register("ComplexFloatStorage", "complex64", 8, null);
        register("ComplexDoubleStorage", "complex128", 16, null);
        register("QInt8Storage", "qint8", 1, null);
        register("QUInt8Storage", "quint8", 1, null);
        register("QInt32Storage", "qint32", 4, null);
        register("QUInt4x2Storage", "quint4x2", 1, null);
        register("QUInt2x4Storage", "quint2x4", 1, null);
        BY_STORAGE.put("UntypedStorage", new ElementType("bytes", 1, null));
    }

    private static void register(String storage, String name, int size, DType dtype) {
        ElementType type = new ElementType(name, size, dtype);
        BY_STORAGE.put(storage, type);
        BY_NAME.put(name, type);
    }

    /** The type of {@code torch.NAME}; one of unknown size if the name is unknown. */
    static ElementType named(String name) {
        return BY_NAME.getOrDefault(name, new ElementType(name, 0, null));
    }

    /** The element type of a storage class such as {@code FloatStorage}. */
    static ElementType ofStorage(String className) {
        return BY_STORAGE.getOrDefault(className, new ElementType(className, 0, null));
    }
}

package dev.mige4j.weights.torch;

/**
 * A tensor as a pickle describes it: a view of a storage.
 *
 * @param offset of the first element in the storage, in elements
 * @param strides of each axis, in elements
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TensorReference(Storage storage, ElementType type, long offset, long[] shape, long[] strides) {

    /** Elements that are stored elsewhere in the file; {@code viewOffset} is in elements. */
    record Storage(ElementType type, String key, long viewOffset) {}
}

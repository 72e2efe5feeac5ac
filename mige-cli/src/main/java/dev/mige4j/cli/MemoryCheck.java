package dev.mige4j.cli;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;

/**
 * Compares the memory that a model needs with the memory that is available. Weights are mapped: pages that do not fit
 * are read from disk again when they are needed. Only the memory of the process itself and the block that is being
 * computed must fit.
 *
 * @param weightBytes size of the weights
 * @param privateBytes heap, libraries and activations
 * @param blockBytes weights of the widest block
 * @param available what the process may use
 */
record MemoryCheck(long weightBytes, long privateBytes, long blockBytes, AvailableMemory available) {

    /** Smaller models are neither checked nor mentioned. */
    private static final long LARGE_MODEL_BYTES = 2_000_000_000;

    /** Heap, libraries and the buffers of matrix products. */
    private static final long BASE_BYTES = 950_000_000;

    /**
     * @param weightBytes size of the weights
     * @param textBytes of which the text encoder, which has the widest blocks
     */
    static MemoryCheck of(ModelConfig config, long weightBytes, long textBytes, AvailableMemory available) {
        return new MemoryCheck(
                weightBytes,
                BASE_BYTES + decoderBytes(config.autoencoder(), config.imageSize()),
                textBytes / config.encoder().text().depth(),
                available);
    }

    /** The decoder's last level has the largest activations: four float32 tensors of twice its width at full size. */
    private static long decoderBytes(AutoEncoder.Config config, int imageSize) {
        long side = imageSize / config.unshuffleFactor();
        return 4 * side * side * 2 * config.channels().get(0) * Float.BYTES;
    }

    /**
     * What to tell before the work starts; empty for small models.
     *
     * @param skip whether to start with less memory than the least
     * @throws UsageException when the memory does not suffice
     */
    String check(String model, boolean skip) {
        if (weightBytes < LARGE_MODEL_BYTES) return "";
        long all = weightBytes + privateBytes, least = privateBytes + blockBytes;
        if (all > available.addressSpaceBytes())
            throw new UsageException(
                    "%s needs %s of address space, but the limit (ulimit -v) leaves %s; raise it: ulimit -v unlimited",
                    model, ByteSize.format(all), ByteSize.format(available.addressSpaceBytes()));
        String free = ByteSize.format(available.bytes()) + " are available " + available.source();
        if (least > available.bytes() && !skip)
            throw new UsageException(
                    "%s needs at least %s of memory, but only %s; close other programs, use --model embedded, or try it"
                            + " with --skip-memory-check",
                    model, ByteSize.format(least), free);
        return all > available.bytes()
                ? model + " has " + ByteSize.format(weightBytes) + " of weights and needs "
                        + ByteSize.format(privateBytes) + " beside them; " + free
                        + ", so weights may be read from disk again, which is slower."
                        + " 'mige convert --quantize t5-int8' makes the model smaller."
                : model + " needs " + ByteSize.format(all) + " of memory; " + free + ".";
    }
}

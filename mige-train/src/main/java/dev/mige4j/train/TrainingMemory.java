package dev.mige4j.train;

import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.UsageException;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.pipeline.ModelConfig;

/**
 * Estimates the memory of a training of a large model, so that one that cannot fit is refused before the work starts.
 * Frozen weights are mapped: pages that do not fit are read from disk again in every step. What is trained, the
 * activations and the block that is being computed must fit.
 *
 * @param modelBytes size of all weights, with all that the trainer keeps of those that are trained
 * @param frozenBytes size of the weights that are not trained
 * @param privateBytes heap, libraries, trained weights with their gradients and averages, activations
 * @param blockBytes weights of the widest block, and their copy where the products convert them
 * @param available what the process may use
 */
record TrainingMemory(
        long modelBytes, long frozenBytes, long privateBytes, long blockBytes, AvailableMemory available) {

    /** Smaller models are neither checked nor mentioned. */
    private static final long LARGE_MODEL_BYTES = 2_000_000_000;

    /** Heap, libraries, buffers of matrix products, and the autoencoder's and vision encoder's own work. */
    private static final long BASE_BYTES = 2_000_000_000;

    /**
     * Bytes of a trained weight: value, gradient, both moments, and with a moving average that and the values that
     * validation puts aside, all float32.
     */
    static int bytesPerTrainedWeight(boolean isAveraged) {
        return (isAveraged ? 6 : 4) * Float.BYTES;
    }

    /**
     * What a training computes at once.
     *
     * @param samples of the denoiser
     * @param items that the encoder encodes
     * @param elementSize bytes of a number of the activations
     * @param convertedElementSize bytes of a weight that a product converts and keeps for the gradient; 0: none
     * @param gradientCheckpointing whether the blocks are recomputed
     * @param trainsEncoder whether the gradient passes the text encoder
     */
    record Workload(
            int samples,
            int items,
            int elementSize,
            int convertedElementSize,
            boolean gradientCheckpointing,
            boolean trainsEncoder) {}

    /**
     * @param frozenBytes size of the weights that are not trained
     * @param trainedBytes size of those that are, with all that the trainer keeps of them
     */
    static TrainingMemory of(
            ModelConfig model, long frozenBytes, long trainedBytes, Workload work, AvailableMemory available) {
        Denoiser.Config denoiser = model.denoiser();
        T5Encoder.Config text = model.encoder().text();
        long patchesPerSide = model.latentSize() / denoiser.patchSize(),
                tokens = patchesPerSide * patchesPerSide,
                c = denoiser.hiddenSize(),
                length = Math.min(model.encoder().maxLength(), denoiser.maxTextTokens());
        long denoiserWeights = (long) ((8 + 2 * denoiser.mlpRatio()) * c * c),
                textWeights = (4L * text.heads() * text.headWidth() + 3L * text.mlpWidth()) * text.width();
        double mlp = denoiser.mlpRatio();
        long denoiserBlock = (long) work.samples
                * work.elementSize
                * (long) (tokens * c * (16 + 3 * mlp) + 3.0 * denoiser.heads() * tokens * (tokens + length));
        long textBlock = (long) work.items
                * work.elementSize
                * (length * (10L * text.width() + 4L * text.mlpWidth()) + 3L * text.heads() * length * length);
        denoiserBlock += denoiserWeights * work.convertedElementSize;
        textBlock += textWeights * work.convertedElementSize;
        long inputs = work.elementSize
                * (work.samples * (denoiser.depth() + 2L) * tokens * c
                        + work.items * (text.depth() + 2L) * length * text.width());
        int textDepth = work.trainsEncoder ? text.depth() : 1;
        long activations = work.gradientCheckpointing
                ? inputs + Math.max(denoiserBlock, textBlock)
                : denoiser.depth() * denoiserBlock + textDepth * textBlock;
        return new TrainingMemory(
                frozenBytes + trainedBytes,
                frozenBytes,
                BASE_BYTES + trainedBytes + activations,
                2L * Math.max(denoiserWeights, textWeights),
                available);
    }

    /**
     * What to tell before the work starts; empty for small models.
     *
     * @throws UsageException when the memory does not suffice
     */
    String check() {
        if (modelBytes < LARGE_MODEL_BYTES) return "";
        long all = frozenBytes + privateBytes, least = privateBytes + blockBytes;
        if (all > available.addressSpaceBytes())
            throw new UsageException(
                    "The training needs %s of address space, but the limit (ulimit -v) leaves %s; raise it: ulimit -v"
                            + " unlimited",
                    ByteSize.format(all), ByteSize.format(available.addressSpaceBytes()));
        String free = ByteSize.format(available.bytes()) + " are available " + available.source();
        if (least > available.bytes())
            throw new UsageException(
                    "The training needs at least %s of memory, but only %s; train a LoRA (\"lora\": {}), set"
                            + " network.gradientCheckpointing, lower trainer.batchSize, or name more"
                            + " network.frozenPrefixes.",
                    ByteSize.format(least), free);
        return all > available.bytes()
                ? "The training needs " + ByteSize.format(privateBytes) + " of memory beside "
                        + ByteSize.format(frozenBytes) + " of weights that stay frozen; " + free
                        + ", so weights may be read from disk again, which is slower."
                : "The training needs " + ByteSize.format(all) + " of memory, of which " + ByteSize.format(frozenBytes)
                        + " are frozen weights; " + free + ".";
    }
}

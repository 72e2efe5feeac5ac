package dev.mige4j.train.auxiliary;

import dev.mige4j.encoder.Conditioning;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.train.dataset.TrainingBatch;
import java.util.Map;

/**
 * A loss that is added to the diffusion loss during training and is not part of the exported model.
 *
 * <p>To add one: implement this interface; write a record that implements {@link AuxiliaryLossConfig}, its components
 * annotated with {@link dev.mige4j.train.config.ConfigKey}; name the record in a
 * {@link dev.mige4j.train.config.ComponentProvider} that is registered in {@code META-INF/services}; list it in
 * {@code auxiliary.losses}: {@code {"type": NAME, "weight": 0.1}}. {@link ReconstructionLoss} is an example.
 */
public interface AuxiliaryLoss {

    /**
     * A batch after its forward pass through the encoder and, except during the warm-up of the auxiliary losses, the
     * denoiser.
     *
     * @param batch the batch
     * @param latents scaled latents of the targets [B, c, h, w]
     * @param sourceLatents scaled latents of the sources, zeros without a source [B, c, h, w]
     * @param referenceLatents scaled latents of all references [n, c, h, w]; null when n is 0
     * @param conditioning the encoder's output, before any text is dropped
     */
    record EncodedBatch(
            TrainingBatch batch,
            Tensor latents,
            Tensor sourceLatents,
            Tensor referenceLatents,
            Conditioning conditioning) {}

    /** A scalar loss without its weight, and metrics to report by name, detached scalars. */
    record Result(Tensor loss, Map<String, Tensor> metrics) {}

    /** The attention processor for the encoder's feature fusion; {@code inner} computes the attention. */
    default AttentionProcessor wrapFusionAttention(AttentionProcessor inner) {
        return inner;
    }

    /** The attention processor for the denoiser's cross-attention; {@code inner} computes the attention. */
    default AttentionProcessor wrapDenoiserAttention(AttentionProcessor inner) {
        return inner;
    }

    /** Whether batches must contain the {@link TrainingBatch#patchCorrespondence patch correspondence}. */
    default boolean usesPatchCorrespondence() {
        return false;
    }

    /** Called before the forward pass of a training batch, but not in validation. */
    default void startBatch(TrainingBatch batch) {}

    /** The loss of the batch, called once after its forward pass. */
    Result compute(EncodedBatch batch);
}

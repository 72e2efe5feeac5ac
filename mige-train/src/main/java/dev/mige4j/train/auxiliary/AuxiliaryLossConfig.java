package dev.mige4j.train.auxiliary;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.weights.Weights;

/**
 * An element of the key {@code auxiliary.losses} of a training configuration; {@code "type"} selects the
 * implementation.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface AuxiliaryLossConfig {

    /** The factor of the loss in the total, above 0. */
    double weight();

    /** Whether the loss can be computed while the denoiser's blocks are recomputed for the gradient. */
    default boolean supportsGradientCheckpointing() {
        return true;
    }

    /**
     * Creates the loss.
     *
     * @param weights provides the loss's own parameters, freshly initialised; they are trained with the model, saved in
     *     the training state, and not exported
     */
    AuxiliaryLoss create(ModelConfig model, Weights weights);
}

package dev.mige4j.train.loss;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import java.util.Map;

/**
 * The loss of the denoiser.
 *
 * <p>To add one: implement this interface; write a record that implements {@link DiffusionLossConfig}, its components
 * annotated with {@link dev.mige4j.train.config.ConfigKey}; name the record in a
 * {@link dev.mige4j.train.config.ComponentProvider} that is registered in {@code META-INF/services}; select it with
 * {@code "loss": {"type": NAME}}. {@link IddpmLoss} is an example.
 */
public interface DiffusionLoss {

    /**
     * A batch of noisy latents.
     *
     * @param latents clean latents [B, c, h, w], scaled
     * @param noise standard normal noise [B, c, h, w]
     * @param noisy latents with noise [B, c, h, w], as {@link #addNoise} returns them
     * @param timesteps [B], 0 to {@link #numTimesteps} - 1
     * @param mask [B, 1, h, w] share of each cell that the instruction changes, 0 to 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record NoisyLatents(Tensor latents, Tensor noise, Tensor noisy, int[] timesteps, Tensor mask) {}

    /**
     * Losses of the items of a batch.
     *
     * @param total the loss that training minimises, [B]
     * @param validation the loss that validation reports as {@code held_out}, [B]
     * @param metrics further values to report by name, [B] each
     */
    record Losses(Tensor total, Tensor validation, Map<String, Tensor> metrics) {}

    /** The number of timesteps. */
    int numTimesteps();

    /** A timestep to train on, 0 to {@link #numTimesteps} - 1. */
    default int drawTimestep(Rng rng) {
        return rng.nextInt(numTimesteps());
    }

    /** Noisy latents [B, c, h, w] at these timesteps. */
    Tensor addNoise(Tensor latents, Tensor noise, int[] timesteps);

    /** The losses of a prediction [B, 2c, h, w], float32. */
    Losses compute(Tensor prediction, NoisyLatents batch);
}

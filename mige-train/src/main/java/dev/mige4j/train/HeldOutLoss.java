package dev.mige4j.train;

/**
 * The loss of the denoiser on one held-out example of a training.
 *
 * @param example its index
 * @param task as in the metric {@code held_out_TASK}
 * @param loss the mean squared error, over draws of noise and time that are the same for every training with this seed
 */
public record HeldOutLoss(int example, String task, double loss) {}

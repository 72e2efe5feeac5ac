package dev.mige4j.train.dataset;

import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import java.util.Optional;

/** An image of a {@link TrainingExample}, read when it is needed. */
@FunctionalInterface
public interface ExampleImage {

    /** The image in any size; it is scaled and cropped to the model's. */
    Image image();

    /** Mean and standard deviation of its latent [2c, h, w], unscaled, when the dataset stores them. */
    default Optional<Tensor> latentMoments() {
        return Optional.empty();
    }
}

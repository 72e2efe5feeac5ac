package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing.FramedImage;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.Solver;
import dev.mige4j.sampler.TimeGrid;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The decisions in which this library and the reference's inference programs differ; everything else of a request is
 * common to both. docs/faithful.md lists the differences.
 */
interface InferenceProtocol {

    static InferenceProtocol of(Settings settings) {
        return settings.faithful()
                ? new ReferenceProtocol(new RequestNoise(settings.seed()))
                : new DefaultProtocol(settings.fast());
    }

    /** The region in which an edit may change pixels when the settings have none. */
    Region defaultRegion(Task task, ModelConfig.Defaults defaults);

    /** Prefix, text and images for the multimodal encoder. */
    Prompt prompt(Task task, ModelComponents components);

    /** Fits the source image into a square of the model's size. */
    FramedImage frameSource(Image source, int side);

    /** Fits an image of the instruction into a square of the model's size. */
    FramedImage frameReference(Task task, Image image, int side);

    /** Pixels or latents in the precision in which the networks receive them, as float32. */
    Tensor round(Tensor values);

    /**
     * The raw latent [1, c, h, w] of a conditioning image.
     *
     * @param slot position of the image in the instruction, or {@link RequestNoise#SOURCE_SLOT}
     */
    Tensor rawLatent(DiagonalGaussian distribution, int slot);

    /** The branches that the denoiser evaluates in each step. */
    List<Branch> branches(Task task, Guidance guidance);

    /** The timesteps at which guidance is used; empty: all. */
    Optional<GuidanceInterval> guidanceInterval(ModelConfig config);

    /** The type in which the branches are combined. */
    DType guidanceDType();

    /** The times of the solver's steps. */
    TimeGrid timeGrid(ModelConfig config);

    Solver solver(ModelConfig config);

    /**
     * The final image from the decoded square.
     *
     * @param framed how the source image was fitted into the square; empty for a new image
     * @param reconstruction the autoencoder's reconstruction of the framed source image
     */
    Image finish(Image square, Task task, Optional<FramedImage> framed, Region region, Supplier<Image> reconstruction);
}

package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.image.ImagePreprocessing.FramedImage;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.GuidanceInterval;
import dev.mige4j.sampler.Solver;
import dev.mige4j.sampler.TimeGrid;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Prompt;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The reference's inference programs with all their quirks: sampled latents, bfloat16 inputs and guidance, cropped
 * images, square results, all branches of an edit. Source: docs/specification/diffusion.md section 11.
 */
record ReferenceProtocol(RequestNoise noise) implements InferenceProtocol {

    @Override
    public Region defaultRegion(Task task, ModelConfig.Defaults defaults) {
        return Region.EVERYWHERE;
    }

    @Override
    public Prompt prompt(Task task, ModelComponents components) {
        return components.config().prompts().referencePrompt(task);
    }

    @Override
    public FramedImage frameSource(Image source, int side) {
        return ImagePreprocessing.centerCrop(source, side);
    }

    @Override
    public FramedImage frameReference(Task task, Image image, int side) {
        return task instanceof SubjectGeneration
                ? ImagePreprocessing.letterbox(image, side)
                : ImagePreprocessing.centerCrop(image, side);
    }

    /** Through bfloat16, in which the reference stores pixels and latents: eight significant bits. */
    @Override
    public Tensor round(Tensor values) {
        return values.to(DType.BF16).to(DType.F32);
    }

    @Override
    public Tensor rawLatent(DiagonalGaussian distribution, int slot) {
        return distribution.sample(noise.latentNoise(slot, distribution.mean().shape()));
    }

    @Override
    public List<Branch> branches(Task task, Guidance guidance) {
        return Guidance.referenceBranches(task);
    }

    @Override
    public Optional<GuidanceInterval> guidanceInterval(ModelConfig config) {
        return Optional.empty();
    }

    @Override
    public DType guidanceDType() {
        return DType.BF16;
    }

    @Override
    public TimeGrid timeGrid(ModelConfig config) {
        return TimeGrid.UNIFORM;
    }

    @Override
    public Solver solver(ModelConfig config) {
        return Solver.of(false, timeGrid(config), 0);
    }

    @Override
    public Image finish(
            Image square, Task task, Optional<FramedImage> framed, Region region, Supplier<Image> reconstruction) {
        return square;
    }
}

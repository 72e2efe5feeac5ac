package dev.mige4j.pipeline;

import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.image.ImagePreprocessing.FramedImage;
import dev.mige4j.sampler.FastSampling;
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
 * The default inference: deterministic latents, uncropped images, edits in the size of their source.
 *
 * @param fast whether the model's {@link FastSampling} is used
 */
record DefaultProtocol(boolean fast) implements InferenceProtocol {

    @Override
    public Region defaultRegion(Task task, ModelConfig.Defaults defaults) {
        return defaults.keepUnchangedPixels() && task.source().isPresent() ? Region.AUTO : Region.EVERYWHERE;
    }

    @Override
    public Prompt prompt(Task task, ModelComponents components) {
        ModelConfig config = components.config();
        return config.prompts()
                .defaultPrompt(task)
                .truncate(
                        text -> components.tokenizer().encode(text).length,
                        config.encoder().qFormer().numQueries(),
                        config.encoder().maxLength());
    }

    @Override
    public FramedImage frameSource(Image source, int side) {
        return source.width() == source.height()
                ? ImagePreprocessing.centerCrop(source, side)
                : ImagePreprocessing.letterbox(source, side);
    }

    @Override
    public FramedImage frameReference(Task task, Image image, int side) {
        return ImagePreprocessing.letterbox(image, side);
    }

    @Override
    public Tensor round(Tensor values) {
        return values;
    }

    @Override
    public Tensor rawLatent(DiagonalGaussian distribution, int slot) {
        return distribution.mean();
    }

    @Override
    public List<Branch> branches(Task task, Guidance guidance) {
        return guidance.branches();
    }

    @Override
    public Optional<GuidanceInterval> guidanceInterval(ModelConfig config) {
        ModelConfig.Defaults defaults = config.defaults();
        return Optional.ofNullable(fast ? defaults.fast().guidanceInterval() : defaults.guidanceInterval());
    }

    @Override
    public DType guidanceDType() {
        return DType.F32;
    }

    @Override
    public TimeGrid timeGrid(ModelConfig config) {
        return fast ? config.defaults().fast().timeGrid() : TimeGrid.UNIFORM;
    }

    @Override
    public Solver solver(ModelConfig config) {
        ModelConfig.Defaults defaults = config.defaults();
        return Solver.of(defaults.ancestral(), timeGrid(config), defaults.clipSampleRange());
    }

    @Override
    public Image finish(
            Image square, Task task, Optional<FramedImage> framed, Region region, Supplier<Image> reconstruction) {
        if (framed.isEmpty()) return square;
        return region.composite(
                task.source().orElseThrow(),
                () -> framed.get().removePadding(reconstruction.get()),
                framed.get().removePadding(square));
    }
}

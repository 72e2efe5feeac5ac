package dev.mige4j.springai;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Settings;
import java.util.List;
import java.util.Optional;
import org.springframework.ai.image.ImageOptions;

/**
 * Spring AI image options with the settings of mige4j: seed, steps, guidance, mask, the source image of an edit, and
 * LoRA adapters.
 *
 * <pre>{@code
 * MigeImageOptions.of(Settings.DEFAULT.withSeed(7).withCount(2))
 *         .withSource(Image.read(file))
 *         .withLoras(List.of(Lora.of(Path.of("my-mug.safetensors"), 0.8)))
 * }</pre>
 *
 * @param settings settings of the request
 * @param source the image to edit; empty: a new image
 * @param loras adapters that are applied to the model, beside its own
 */
public record MigeImageOptions(Settings settings, Optional<Image> source, List<Lora> loras) implements ImageOptions {

    public MigeImageOptions {
        UsageException.requireNonNull(settings, "settings");
        UsageException.requireNonNull(source, "source");
        loras = List.copyOf(UsageException.requireNonNull(loras, "loras"));
    }

    /** Options for a new image. */
    public static MigeImageOptions of(Settings settings) {
        return new MigeImageOptions(settings, Optional.empty(), List.of());
    }

    /** The same options for an edit of this image; the result has its size. */
    public MigeImageOptions withSource(Image source) {
        return new MigeImageOptions(settings, Optional.of(UsageException.requireNonNull(source, "source")), loras);
    }

    /** The same options with these LoRA adapters; several add up. Applying them takes milliseconds a call. */
    public MigeImageOptions withLoras(List<Lora> loras) {
        return new MigeImageOptions(settings, source, loras);
    }

    /** The number of images of the {@link #settings()}. */
    @Override
    public Integer getN() {
        return settings.count();
    }

    /** Null: the model is chosen by the constructor of {@link MigeSpringImageModel}. */
    @Override
    public String getModel() {
        return null;
    }

    /** The width of the {@link #settings()}; null: the size follows from the model or from the source. */
    @Override
    public Integer getWidth() {
        return settings.size().map(ImageSize::width).orElse(null);
    }

    /** The height of the {@link #settings()}; null: the size follows from the model or from the source. */
    @Override
    public Integer getHeight() {
        return settings.size().map(ImageSize::height).orElse(null);
    }

    @Override
    public String getResponseFormat() {
        return MigeSpringImageModel.RESPONSE_FORMAT;
    }

    /** Null: the instruction describes the style. */
    @Override
    public String getStyle() {
        return null;
    }
}

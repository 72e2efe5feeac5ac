package dev.mige4j.springai;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Settings;
import java.util.Optional;
import org.springframework.ai.image.ImageOptions;

/**
 * Spring AI image options with the settings of mige4j: seed, steps, guidance, mask, and the source image of an edit.
 *
 * <pre>{@code
 * MigeImageOptions.of(Settings.DEFAULT.withSeed(7).withCount(2)).withSource(Image.read(file))
 * }</pre>
 *
 * @param settings settings of the request
 * @param source the image to edit; empty: a new image
 */
public record MigeImageOptions(Settings settings, Optional<Image> source) implements ImageOptions {

    public MigeImageOptions {
        UsageException.requireNonNull(settings, "settings");
        UsageException.requireNonNull(source, "source");
    }

    /** Options for a new image. */
    public static MigeImageOptions of(Settings settings) {
        return new MigeImageOptions(settings, Optional.empty());
    }

    /** The same options for an edit of this image; the result has its size. */
    public MigeImageOptions withSource(Image source) {
        return new MigeImageOptions(settings, Optional.of(UsageException.requireNonNull(source, "source")));
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

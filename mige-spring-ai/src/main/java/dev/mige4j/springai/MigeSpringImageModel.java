package dev.mige4j.springai;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Task;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.ai.image.ImageResponseMetadata;

/**
 * Spring AI's {@link ImageModel} on a {@link Mige}.
 *
 * <pre>{@code
 * ImageModel model = new MigeSpringImageModel(Mige.embedded());
 * ImageResponse response = model.call(new ImagePrompt("a red car on a beach"));
 * String png = response.getResult().getOutput().getB64Json();
 * }</pre>
 *
 * <p>A prompt has one message. Its media are the images of the instruction, one for each {@code <image>} placeholder,
 * in order. {@link MigeImageOptions} give the source image of an edit, all settings, and LoRA adapters. Of other
 * options the number of images and the size are used; a model name, response format or style that the model does not
 * have is refused.
 *
 * <p>Results are base64-encoded PNG files with their recipe inside, which is also their {@link MigeImageMetadata}.
 * Notices for the user are in the response's metadata under {@code notices}. As thread-safe as the {@link Mige}, which
 * the caller closes. Errors are {@link UsageException}s of one sentence.
 */
public final class MigeSpringImageModel implements ImageModel {

    static final String RESPONSE_FORMAT = "b64_json";

    private final Mige mige;
    private final Settings defaultSettings;

    /** With {@link Settings#DEFAULT} for prompts whose options are not {@link MigeImageOptions}. */
    public MigeSpringImageModel(Mige mige) {
        this(mige, Settings.DEFAULT);
    }

    /** With these settings for prompts whose options are not {@link MigeImageOptions}. */
    public MigeSpringImageModel(Mige mige, Settings defaultSettings) {
        this.mige = UsageException.requireNonNull(mige, "mige");
        this.defaultSettings = UsageException.requireNonNull(defaultSettings, "defaultSettings");
    }

    @Override
    public ImageResponse call(ImagePrompt prompt) {
        UsageException.requireNonNull(prompt, "prompt");
        ImageMessage message = singleMessage(prompt);
        ImageOptions options = prompt.getOptions();
        Optional<Image> source =
                options instanceof MigeImageOptions migeOptions ? migeOptions.source() : Optional.empty();
        List<Lora> loras = options instanceof MigeImageOptions migeOptions ? migeOptions.loras() : List.of();
        return toResponse(generate(task(message, source), settings(options), loras));
    }

    private List<GeneratedImage> generate(Task task, Settings settings, List<Lora> loras) {
        if (loras.isEmpty()) return mige.generate(task, settings);
        List<Lora> all = Stream.concat(mige.loras().stream(), loras.stream()).toList();
        try (Mige withLoras = mige.withLoras(all)) {
            return withLoras.generate(task, settings);
        }
    }

    private static ImageMessage singleMessage(ImagePrompt prompt) {
        List<ImageMessage> messages = prompt.getInstructions();
        if (messages.size() != 1) throw new UsageException("The prompt has %d messages, expected 1.", messages.size());
        Float weight = messages.get(0).getWeight();
        if (weight != null && weight != 1)
            throw new UsageException("The message has weight %s, but weights are not supported.", weight);
        return messages.get(0);
    }

    private static Task task(ImageMessage message, Optional<Image> source) {
        Image[] images =
                message.getMedia().stream().map(MigeSpringImageModel::decode).toArray(Image[]::new);
        return source.isPresent() && images.length == 0
                ? InstructionEdit.of(message.getText(), source.get())
                : Task.of(Instruction.of(message.getText(), images), source);
    }

    private static Image decode(Media media) {
        if (!(media.getData() instanceof byte[] file))
            throw new UsageException(
                    "The medium '%s' is an address, which is not fetched; pass the bytes of the image.",
                    media.getData());
        return Image.read(file, media.getName());
    }

    private Settings settings(ImageOptions options) {
        if (options instanceof MigeImageOptions migeOptions) return migeOptions.settings();
        if (options == null) return defaultSettings;
        refuse("model", options.getModel(), mige.name());
        refuse("response format", options.getResponseFormat(), RESPONSE_FORMAT);
        if (options.getStyle() != null && !options.getStyle().isEmpty())
            throw new UsageException("The style option is not supported; describe the style in the instruction.");
        Settings settings = withSize(options.getWidth(), options.getHeight());
        return options.getN() == null ? settings : settings.withCount(options.getN());
    }

    private Settings withSize(Integer width, Integer height) {
        if (width == null && height == null) return defaultSettings;
        if (width == null || height == null)
            throw new UsageException(
                    "The %s is %d, but there is no %s; set both.",
                    width == null ? "height" : "width",
                    width == null ? height : width,
                    width == null ? "width" : "height");
        return defaultSettings.withSize(new ImageSize(width, height));
    }

    private static void refuse(String option, Object value, Object supported) {
        if (value != null && !value.equals(supported))
            throw new UsageException("The %s '%s' is not supported; it is always %s.", option, value, supported);
    }

    private ImageResponse toResponse(List<GeneratedImage> images) {
        ImageResponseMetadata metadata = new ImageResponseMetadata();
        metadata.put("model", mige.name());
        List<String> notices = images.get(0).notices();
        if (!notices.isEmpty()) metadata.put("notices", notices);
        return new ImageResponse(
                images.stream().map(MigeSpringImageModel::toGeneration).toList(), metadata);
    }

    private static ImageGeneration toGeneration(GeneratedImage image) {
        String base64 = Base64.getEncoder().encodeToString(image.toPng());
        return new ImageGeneration(
                new org.springframework.ai.image.Image(null, base64), new MigeImageMetadata(image.recipe()));
    }
}

package dev.mige4j.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.model.image.ImageModel;
import dev.langchain4j.model.output.Response;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * LangChain4j's {@link ImageModel} on a {@link Mige}. Beyond the interface, {@code generate} and {@code edit} accept
 * reference images.
 *
 * <pre>{@code
 * ImageModel model = new MigeImageModel(Mige.embedded());
 * Image night = model.edit(photo, "make it night").content();
 * ImageModel withMug = new MigeImageModel(mige.withLoras(List.of(Lora.of(Path.of("my-mug.safetensors")))));
 * }</pre>
 *
 * <p>Results are base64-encoded PNG files with their recipe inside; the response's metadata has the model's name, the
 * {@code recipes}, and {@code notices} for the user if there are any. Input images are base64 data or {@code file:}
 * URLs; other URLs are not fetched. As thread-safe as the {@link Mige}, which the caller closes. Errors are
 * {@link UsageException}s of one sentence.
 */
public final class MigeImageModel implements ImageModel {

    private final Mige mige;
    private final Settings settings;

    /** With {@link Settings#DEFAULT}: seed 0 and the model's own steps and guidance. */
    public MigeImageModel(Mige mige) {
        this(mige, Settings.DEFAULT);
    }

    /** With these settings for all requests, except for the number of images and the mask. */
    public MigeImageModel(Mige mige, Settings settings) {
        this.mige = UsageException.requireNonNull(mige, "mige");
        this.settings = UsageException.requireNonNull(settings, "settings");
    }

    @Override
    public Response<Image> generate(String prompt) {
        return firstImage(generateImages(new SubjectGeneration(Instruction.of(prompt)), settings.withCount(1)));
    }

    @Override
    public Response<List<Image>> generate(String prompt, int n) {
        return generateImages(new SubjectGeneration(Instruction.of(prompt)), settings.withCount(n));
    }

    /** Generates an image with the given subjects, one for each {@code <image>} placeholder of the prompt, in order. */
    public Response<Image> generate(String prompt, List<Image> subjects) {
        return firstImage(generateImages(
                new SubjectGeneration(Instruction.of(prompt, decodeAll(subjects))), settings.withCount(1)));
    }

    /** {@inheritDoc} The result has the size of {@code image}. */
    @Override
    public Response<Image> edit(Image image, String prompt) {
        return firstImage(generateImages(InstructionEdit.of(prompt, decode(image)), settings.withCount(1)));
    }

    /**
     * {@inheritDoc} The edit may change the white pixels of the mask, or the transparent ones of a mask with
     * transparency, as other models of LangChain4j expect it; see {@link Region#mask}. All other pixels of
     * {@code image} are kept exactly.
     */
    @Override
    public Response<Image> edit(Image image, Image mask, String prompt) {
        Settings maskedSettings = settings.withCount(1).withRegion(Region.mask(decode(mask, "the mask")));
        return firstImage(generateImages(InstructionEdit.of(prompt, decode(image)), maskedSettings));
    }

    /**
     * Edits {@code image} with reference images, one for each {@code <image>} placeholder of the prompt, in order;
     * {@code image} may be one of them.
     */
    public Response<Image> edit(Image image, List<Image> subjects, String prompt) {
        return firstImage(generateImages(
                new SubjectEdit(Instruction.of(prompt, decodeAll(subjects)), decode(image)), settings.withCount(1)));
    }

    private Response<List<Image>> generateImages(Task task, Settings requestSettings) {
        List<GeneratedImage> results = mige.generate(task, requestSettings);
        List<Image> images =
                results.stream().map(MigeImageModel::toLangChainImage).toList();
        List<String> notices = results.get(0).notices();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("model", mige.name());
        metadata.put("recipes", results.stream().map(GeneratedImage::recipe).toList());
        if (!notices.isEmpty()) metadata.put("notices", notices);
        return Response.from(images, null, null, metadata);
    }

    private static Image toLangChainImage(GeneratedImage result) {
        return Image.builder()
                .base64Data(Base64.getEncoder().encodeToString(result.toPng()))
                .mimeType("image/png")
                .build();
    }

    private static Response<Image> firstImage(Response<List<Image>> response) {
        return Response.from(response.content().get(0), null, null, response.metadata());
    }

    private static dev.mige4j.image.Image[] decodeAll(List<Image> images) {
        return images.stream().map(MigeImageModel::decode).toArray(dev.mige4j.image.Image[]::new);
    }

    private static dev.mige4j.image.Image decode(Image image) {
        return decode(image, "the image");
    }

    private static dev.mige4j.image.Image decode(Image image, String name) {
        byte[] file = readBytes(image);
        return dev.mige4j.image.Image.read(
                file, image.url() == null ? name : image.url().toString());
    }

    private static byte[] readBytes(Image image) {
        UsageException.requireNonNull(image, "image");
        if (image.base64Data() != null) {
            try {
                return Base64.getDecoder().decode(image.base64Data());
            } catch (IllegalArgumentException e) {
                throw new UsageException("The base64Data of the image is not base64: %s", e.getMessage(), e);
            }
        }
        URI url = image.url();
        if (url == null) throw new UsageException("The image has neither base64Data nor a URL.");
        if (!"file".equals(url.getScheme()))
            throw new UsageException("%s is not fetched; pass the image as base64Data or a file: URL.", url);
        try {
            return Files.readAllBytes(Path.of(url));
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", url, e.getMessage(), e);
        }
    }
}

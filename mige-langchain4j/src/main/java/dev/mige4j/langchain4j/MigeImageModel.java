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
 * langchain4j's {@link ImageModel} on a {@link Mige}: generate and edit, and beyond the interface both with further
 * pictures.
 *
 * <pre>
 *   ImageModel model = new MigeImageModel(Mige.embedded());
 *   Image night = model.edit(photo, "make it night").content();
 * </pre>
 *
 * <p>Results are PNG with their recipe inside; notices, if there are any, stand in the response's metadata under
 * {@code notices}. Pictures come as base64 or as a {@code file:} address; other addresses are not fetched. As
 * thread-safe as the {@link Mige}, which stays the caller's to close. Every error is a {@link UsageException} with one
 * sentence.
 */
public final class MigeImageModel implements ImageModel {

    private final Mige mige;
    private final Settings settings;

    /** The model with its own defaults for steps and guidance, seed 0. */
    public MigeImageModel(Mige mige) {
        this(mige, Settings.DEFAULT);
    }

    /**
     * The model with these settings for every request; their count and region are replaced by what a request asks for.
     */
    public MigeImageModel(Mige mige, Settings settings) {
        this.mige = mige;
        this.settings = settings;
    }

    @Override
    public Response<Image> generate(String prompt) {
        return firstImage(generateImages(new SubjectGeneration(Instruction.of(prompt)), settings.withCount(1)));
    }

    @Override
    public Response<List<Image>> generate(String prompt, int n) {
        return generateImages(new SubjectGeneration(Instruction.of(prompt)), settings.withCount(n));
    }

    /** A new picture with the given subjects in it, one for each {@code <image>} of the prompt, in order. */
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
     * {@inheritDoc} Outside that part the pixels of {@code image} are kept bit for bit. A mask with transparency opens
     * its transparent part, as is usual with other models of langchain4j; one without opens what is lighter than middle
     * grey.
     */
    @Override
    public Response<Image> edit(Image image, Image mask, String prompt) {
        Settings maskedSettings =
                settings.withCount(1).withRegion(Region.mask(MaskReader.read(readBytes(mask), "the mask")));
        return firstImage(generateImages(InstructionEdit.of(prompt, decode(image)), maskedSettings));
    }

    /**
     * {@code image} changed with the help of others, one for each {@code <image>} of the prompt, in order;
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
        return dev.mige4j.image.Image.read(
                readBytes(image),
                image.url() == null ? "the image" : image.url().toString());
    }

    private static byte[] readBytes(Image image) {
        if (image.base64Data() != null) {
            try {
                return Base64.getDecoder().decode(image.base64Data());
            } catch (IllegalArgumentException e) {
                throw new UsageException("the picture's base64Data is no base64: %s", e.getMessage());
            }
        }
        URI url = image.url();
        if (url == null) throw new UsageException("the picture has neither base64Data nor a url");
        if (!"file".equals(url.getScheme()))
            throw new UsageException(
                    "%s: only file: addresses are read; fetch the picture and give it as base64Data", url);
        try {
            return Files.readAllBytes(Path.of(url));
        } catch (IOException e) {
            throw new UsageException("%s: cannot be read", url);
        }
    }
}

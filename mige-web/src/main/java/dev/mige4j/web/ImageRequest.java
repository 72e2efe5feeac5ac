package dev.mige4j.web;

import dev.mige4j.image.ImageEncoding;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.util.Optional;

/**
 * A parsed generation or edit request: the task, its settings (with a random seed if none was given), the format of the
 * results, and the memory its images occupy. Each group of fields has a parser of its own: {@link TaskParser},
 * {@link SettingsParser} and {@link OutputParser}.
 */
record ImageRequest(Task task, Settings settings, ImageEncoding encoding, long memoryBytes) {

    /** Whether the endpoint requires a source image, forbids it or accepts both. */
    enum Operation {
        GENERATION,
        EDIT,
        GENERATION_OR_EDIT
    }

    /**
     * Validates the fields, decodes the images and builds the task; throws {@link ApiException} for invalid requests.
     * Whatever needs no image is checked before the images are decoded.
     */
    static ImageRequest parse(
            RequestBody body,
            Operation operation,
            ImageGenerator generator,
            Limits limits,
            DecodeGate decodeGate,
            DecodeGate.Client client)
            throws InterruptedException {
        RequestFields fields = body.fields();
        validateModel(fields, generator);
        String prompt = TaskParser.parsePrompt(fields);
        ImageEncoding encoding = OutputParser.parse(fields);
        Settings settings = SettingsParser.parse(fields, limits);
        RequestImages images = RequestImages.decodeAll(body, limits, decodeGate, client);
        Task task = TaskParser.parse(prompt, body, operation, images);
        Optional<Region> region = SettingsParser.parseRegion(fields, images.mask(), task);
        if (region.isPresent()) settings = settings.withRegion(region.get());
        validateSize(fields, generator, task);
        task.source().ifPresent(source -> OutputParser.requireSize(encoding, source));
        return new ImageRequest(task, settings, encoding, images.memoryBytes());
    }

    private static void validateModel(RequestFields fields, ImageGenerator generator) {
        fields.text("model").filter(name -> !name.equals(generator.name())).ifPresent(name -> {
            throw ApiException.forParam(
                    "model",
                    404,
                    "model_not_found",
                    "There is no model '%s'. The model is '%s'.",
                    RequestBody.sanitize(name),
                    generator.name());
        });
    }

    private static void validateSize(RequestFields fields, ImageGenerator generator, Task task) {
        String size = fields.text("size").orElse("auto");
        String expected = task.source()
                .map(source -> source.width() + "x" + source.height())
                .orElse(generator.size() + "x" + generator.size());
        if (!size.equals("auto") && !size.equals(expected))
            throw RequestFields.invalidValue(
                    "size",
                    task.source().isPresent()
                            ? "'size' is '%s', expected auto or %s, the size of the source."
                            : "'size' is '%s', expected auto or %s, the image size of the model.",
                    RequestBody.sanitize(size),
                    expected);
    }
}

package dev.mige4j.web;

import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.util.List;
import java.util.Optional;

/**
 * A parsed generation or edit request: the task, its settings (with a random seed if none was given), LoRA adapters,
 * the format of the results, and the memory its images occupy. Each group of fields has a parser of its own:
 * {@link TaskParser}, {@link SettingsParser}, {@link LoraParser}, {@link OutputParser} and {@link OpenAiParser}.
 */
record ImageRequest(
        Task task,
        Settings settings,
        List<Lora> loras,
        ImageEncoding encoding,
        OpenAiOptions openAiOptions,
        long memoryBytes) {

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
            OpenAiParser openAiParser,
            LoraParser loraParser,
            Limits limits,
            DecodeGate decodeGate,
            DecodeGate.Client client)
            throws InterruptedException {
        RequestFields fields = body.fields();
        OpenAiOptions options = openAiParser.parse(fields, operation == Operation.GENERATION_OR_EDIT);
        String prompt = TaskParser.parsePrompt(fields);
        ImageEncoding encoding = OutputParser.parse(fields);
        Settings settings = SettingsParser.parse(fields, limits);
        List<Lora> loras = loraParser.parse(fields);
        RequestImages images = RequestImages.decodeAll(body, limits, decodeGate, client);
        Task task = TaskParser.parse(prompt, body, operation, images);
        Optional<Region> region = SettingsParser.parseRegion(fields, images.mask(), task);
        openAiParser.checkMask(region, task);
        if (region.isPresent()) settings = settings.withRegion(region.get());
        Optional<ImageSize> size = openAiParser.parseSize(fields, task);
        if (size.isPresent()) settings = settings.withSize(size.get());
        else task.source().ifPresent(source -> OutputParser.requireSize(encoding, source));
        return new ImageRequest(task, settings, loras, encoding, options, images.memoryBytes());
    }
}

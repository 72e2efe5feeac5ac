package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.image.ImageHeader;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.io.EofException;

/**
 * Endpoints compatible with OpenAI's images API, tested with its official clients. Requests are parsed by
 * {@link ImageRequest}.
 */
final class OpenAiImagesApi {

    /** Response of {@code /v1/images/...}; seed, notices and recipe are extensions. Files are written as base64. */
    @JsonNaming(SnakeCaseStrategy.class)
    record ImagesResponse(long created, List<ImageData> data, String outputFormat, long seed, List<String> notices) {
        @JsonNaming(SnakeCaseStrategy.class)
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record ImageData(byte[] b64Json, Recipe recipe) {}
    }

    record ModelList(String object, List<ModelInfo> data) {}

    /** A model; {@code mige} is an extension. */
    @JsonNaming(SnakeCaseStrategy.class)
    record ModelInfo(String id, String object, long created, String ownedBy, ModelDetails mige) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record ModelDetails(
            String hash,
            String description,
            int size,
            int maxImages,
            Map<String, DefaultSettings> defaults,
            List<InputFormat> inputFormats,
            RequestLimits limits) {}

    /** A format of image files that requests may contain. */
    @JsonNaming(SnakeCaseStrategy.class)
    record InputFormat(String name, String mediaType, List<String> extensions) {
        static InputFormat of(ImageFormat format) {
            return new InputFormat(format.toString(), format.mediaType(), format.fileExtensions());
        }
    }

    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DefaultSettings(Integer steps, Integer fastSteps, Double guidance, Double imageGuidance) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record RequestLimits(
            int n, int steps, int bodyBytes, long pixels, int imagePixels, int imageSide, long resultTtlSeconds) {}

    private static final Duration CONNECTION_CHECK_INTERVAL = Duration.ofMillis(250);

    private final JobQueue jobQueue;
    private final ModelInfo modelInfo;

    OpenAiImagesApi(JobQueue jobQueue, ImageGenerator generator, Limits limits) {
        this.jobQueue = jobQueue;
        Image sampleImage = Image.filled(1, 1, 0);
        var details = new ModelDetails(
                generator.hash(),
                generator.description(),
                generator.size(),
                Instruction.MAX_IMAGES,
                Map.of(
                        "generation",
                        resolveDefaults(generator, new SubjectGeneration(Instruction.of("a dog"))),
                        "edit",
                        resolveDefaults(generator, new InstructionEdit(Instruction.of("a dog"), sampleImage))),
                Stream.of(ImageFormat.values()).map(InputFormat::of).toList(),
                new RequestLimits(
                        limits.maxImages(),
                        limits.maxSteps(),
                        limits.maxBodyBytes(),
                        limits.maxPixels(),
                        ImageHeader.MAX_PIXELS,
                        ImageHeader.MAX_SIDE,
                        limits.resultTtl().toSeconds()));
        modelInfo = new ModelInfo(generator.name(), "model", Instant.now().getEpochSecond(), "mige4j", details);
    }

    private static DefaultSettings resolveDefaults(ImageGenerator generator, Task task) {
        Settings settings = generator.resolve(Settings.DEFAULT, task);
        Settings fastSettings = generator.resolve(Settings.DEFAULT.withFast(true), task);
        return new DefaultSettings(
                settings.steps().isPresent() ? settings.steps().getAsInt() : null,
                fastSettings.steps().isPresent() ? fastSettings.steps().getAsInt() : null,
                settings.guidance().isPresent() ? settings.guidance().getAsDouble() : null,
                settings.imageGuidance().isPresent() ? settings.imageGuidance().getAsDouble() : null);
    }

    ModelList listModels() {
        return new ModelList("list", List.of(modelInfo));
    }

    ModelInfo retrieveModel(String name) {
        if (!name.equals(modelInfo.id()))
            throw ApiException.of(
                    404,
                    "model_not_found",
                    "There is no model '%s'. The model is '%s'.",
                    RequestBody.sanitize(name),
                    modelInfo.id());
        return modelInfo;
    }

    /**
     * Submits a job, waits for it and returns its images.
     *
     * @throws EofException when the client has gone; the job is cancelled
     */
    ImagesResponse createImages(ImageRequest request, ClientConnection client)
            throws InterruptedException, EofException {
        Job job = jobQueue.submit(request, false);
        Job.Snapshot snapshot = job.snapshot();
        while (!snapshot.state().isTerminal()) {
            snapshot = job.awaitEnd(CONNECTION_CHECK_INTERVAL);
            if (client.isClosed()) jobQueue.cancel(job);
        }
        if (snapshot.error() != null) {
            if (client.isClosed()) throw new EofException("The client has closed the connection.");
            throw snapshot.error();
        }
        Job.Result result = snapshot.result();
        List<ImagesResponse.ImageData> data = new ArrayList<>();
        for (int i = 0; i < result.files().size(); i++)
            data.add(new ImagesResponse.ImageData(
                    result.files().get(i), result.recipes().get(i)));
        return new ImagesResponse(
                Instant.now().getEpochSecond(),
                data,
                OutputParser.outputFormat(result.encoding()),
                result.seed(),
                result.notices());
    }
}

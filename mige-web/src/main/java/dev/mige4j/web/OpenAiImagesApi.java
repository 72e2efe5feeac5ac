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

    /**
     * Response of {@code /v1/images/...}; seed, notices and recipe are extensions. There are no {@code quality} and
     * {@code usage}: the model has no such settings, and no prices.
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record ImagesResponse(
            long created,
            List<ImageData> data,
            String background,
            String outputFormat,
            String size,
            long seed,
            List<String> notices) {
        /** The size of the files that the response contains. */
        long fileBytes() {
            return data.stream()
                    .mapToLong(image -> image.b64Json() == null ? 0 : image.b64Json().length)
                    .sum();
        }

        /** An image: the file, which is written as base64, or its URL. */
        @JsonNaming(SnakeCaseStrategy.class)
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record ImageData(byte[] b64Json, String url, Recipe recipe) {}
    }

    record ModelList(String object, List<ModelInfo> data) {}

    /** A model; {@code mige} is an extension. */
    @JsonNaming(SnakeCaseStrategy.class)
    record ModelInfo(String id, String object, long created, String ownedBy, ModelDetails mige) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record ModelDetails(
            String name,
            String hash,
            String description,
            int size,
            int maxImages,
            Map<String, DefaultSettings> defaults,
            List<InputFormat> inputFormats,
            RequestLimits limits,
            @JsonInclude(JsonInclude.Include.NON_NULL) TrainingLimits training) {}

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

    /** Present if clients may train LoRAs; {@code minutes} is the default. */
    @JsonNaming(SnakeCaseStrategy.class)
    record TrainingLimits(int minImages, int maxImages, double minutes, double maxMinutes) {
        static final TrainingLimits DEFAULT = new TrainingLimits(
                LoraTrainer.MIN_IMAGES,
                LoraTrainer.MAX_IMAGES,
                TrainingRequest.DEFAULT_MINUTES,
                TrainingRequest.MAX_MINUTES);
    }

    private static final Duration CONNECTION_CHECK_INTERVAL = Duration.ofMillis(250);

    private final JobQueue jobQueue;
    private final ModelNames modelNames;
    private final ModelInfo modelInfo;

    OpenAiImagesApi(JobQueue jobQueue, ImageGenerator generator, ServerConfig config, boolean canTrain) {
        this.jobQueue = jobQueue;
        modelNames = new ModelNames(generator.name(), config.compatibility());
        Limits limits = config.limits();
        Image sampleImage = Image.filled(1, 1, 0);
        var details = new ModelDetails(
                generator.name(),
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
                        limits.resultTtl().toSeconds()),
                canTrain ? TrainingLimits.DEFAULT : null);
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

    /** The loaded model, under the name by which the client asks for it. */
    ModelInfo retrieveModel(String name) {
        modelNames.require(name, null);
        return new ModelInfo(name, modelInfo.object(), modelInfo.created(), modelInfo.ownedBy(), modelInfo.mige());
    }

    /**
     * Submits a job, waits for it and returns its images.
     *
     * @param serverUrl by which the client reaches this server, for the URLs of images, which are then retained
     * @throws EofException when the client has gone; the job is cancelled
     */
    ImagesResponse createImages(ImageRequest request, ClientConnection client, String serverUrl)
            throws InterruptedException, EofException {
        boolean asUrl = request.openAiOptions().url();
        Job job = jobQueue.submit(request, asUrl);
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
                    asUrl ? null : result.files().get(i),
                    asUrl ? serverUrl + job.imagePath(i) : null,
                    result.recipes().get(i)));
        return new ImagesResponse(
                Instant.now().getEpochSecond(),
                data,
                result.background(),
                OutputParser.outputFormat(result.encoding()),
                result.size(),
                result.seed(),
                result.notices());
    }
}

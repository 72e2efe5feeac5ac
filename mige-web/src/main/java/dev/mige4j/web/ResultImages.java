package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.GeneratedImage;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The images of finished jobs: serves them, as they are or in another format, and finds those that a request refers to.
 */
final class ResultImages {

    /**
     * The path of a result image, or an absolute URL that ends with it. The host is not compared, since a server is
     * known by many names: only results of this server are looked up, and nothing is fetched.
     */
    private static final Pattern REFERENCE =
            Pattern.compile("(?:(?i:https?)://[^?#\\s]+)?/v1/jobs/([^/?#\\s]+)/images/([^/?#\\s]+)(?:\\?\\S*)?");

    static final int MAX_REFERENCE_LENGTH = 2048;

    private final JobQueue jobQueue;
    private final DecodeGate decodeGate;
    private final ResponseMemory responseMemory;

    ResultImages(JobQueue jobQueue, DecodeGate decodeGate, ResponseMemory responseMemory) {
        this.jobQueue = jobQueue;
        this.decodeGate = decodeGate;
        this.responseMemory = responseMemory;
    }

    void serve(Context ctx) throws InterruptedException {
        Job job = jobQueue.find(ctx.pathParam("id"));
        Job.Result result = job.snapshot().result();
        String index = ctx.pathParam("index");
        if (result == null || result.file(index).isEmpty())
            throw ApiException.of(404, "image_not_found", "The job has no image with this index.");
        String outputFormat = ctx.queryParam("output_format");
        ImageEncoding encoding = outputFormat == null ? result.encoding() : OutputParser.encoding(outputFormat);
        byte[] file = file(result, Integer.parseInt(index), encoding, DecodeGate.Client.of(ctx));
        long maxAge = Math.max(0, jobQueue.remainingRetention(job).toSeconds());
        responseMemory.register(ctx, file.length);
        ctx.contentType(encoding.mediaType())
                .header("Cache-Control", "private, max-age=" + maxAge + ", immutable")
                .header("Cross-Origin-Resource-Policy", "cross-origin") // other pages may show images by their URL
                .header("Content-Length", String.valueOf(file.length))
                .result(file);
    }

    /**
     * The file that a reference stands for; empty if the text is no reference to a result.
     *
     * @param param the field with the reference, for the error message
     * @throws ApiException with status 404 when there is no such result, or none any more
     */
    Optional<byte[]> find(String param, String text) {
        Matcher reference = REFERENCE.matcher(text);
        if (text.length() > MAX_REFERENCE_LENGTH || !reference.matches()) return Optional.empty();
        Optional<byte[]> file =
                jobQueue.findResult(reference.group(1)).flatMap(result -> result.file(reference.group(2)));
        if (file.isEmpty())
            throw ApiException.forParam(
                    param,
                    404,
                    "image_not_found",
                    "'%s' refers to the result %s, which this server does not have or does not retain any more. Send"
                            + " the image itself.",
                    RequestBody.sanitize(param),
                    RequestBody.sanitize(reference.group(1)));
        return file;
    }

    private byte[] file(Job.Result result, int index, ImageEncoding encoding, DecodeGate.Client client)
            throws InterruptedException {
        byte[] file = result.files().get(index);
        if (encoding.format() == result.encoding().format()) return file;
        long pixels = (long) result.width() * result.height();
        return decodeGate.run(new DecodeGate.Cost(pixels, pixels, 2 * pixels), client, ended -> {
            Image image = ImageFile.read(file, "the result", ended);
            return new GeneratedImage(image, result.recipes().get(index), List.of()).toBytes(encoding);
        });
    }
}

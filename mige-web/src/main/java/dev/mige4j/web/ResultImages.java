package dev.mige4j.web;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.pipeline.GeneratedImage;
import io.javalin.http.Context;
import java.util.List;

/** Serves the images of finished jobs, as they are or in another format; each contains its recipe. */
final class ResultImages {

    private final JobQueue jobQueue;
    private final DecodeGate decodeGate;

    ResultImages(JobQueue jobQueue, DecodeGate decodeGate) {
        this.jobQueue = jobQueue;
        this.decodeGate = decodeGate;
    }

    void serve(Context ctx) throws InterruptedException {
        Job.Result result = jobQueue.find(ctx.pathParam("id")).snapshot().result();
        String index = ctx.pathParam("index");
        if (result == null
                || !index.matches("\\d{1,3}")
                || Integer.parseInt(index) >= result.files().size())
            throw ApiException.of(404, "image_not_found", "The job has no image with this index.");
        String outputFormat = ctx.queryParam("output_format");
        ImageEncoding encoding = outputFormat == null ? result.encoding() : ImageRequest.encoding(outputFormat);
        ctx.contentType(encoding.mediaType())
                .header("Cache-Control", "private, max-age=86400, immutable")
                .result(file(result, Integer.parseInt(index), encoding));
    }

    private byte[] file(Job.Result result, int index, ImageEncoding encoding) throws InterruptedException {
        byte[] file = result.files().get(index);
        if (encoding.format() == result.encoding().format()) return file;
        return decodeGate.run((long) result.width() * result.height(), () -> {
            Image image = Image.read(file, "the result");
            return new GeneratedImage(image, result.recipes().get(index), List.of()).toBytes(encoding);
        });
    }
}

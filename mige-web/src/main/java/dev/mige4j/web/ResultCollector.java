package dev.mige4j.web;

import dev.mige4j.common.ByteSize;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFormat;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Recipe;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Encodes the images of a job as they are finished, so that only their files are held in memory. */
final class ResultCollector implements Consumer<GeneratedImage> {

    private final ImageRequest request;
    private final long maxBytes;
    private final List<byte[]> files = new ArrayList<>();
    private final List<Recipe> recipes = new ArrayList<>();
    private final Set<String> notices = new LinkedHashSet<>();
    private long bytes;
    private int width, height;
    private boolean hasAlpha;

    /** @param maxBytes maximum size of all files */
    ResultCollector(ImageRequest request, long maxBytes) {
        this.request = request;
        this.maxBytes = maxBytes;
        notices.addAll(request.openAiOptions().notices());
    }

    /** @throws ApiException when the files of all images of the request would be too large */
    @Override
    public void accept(GeneratedImage generated) {
        ImageEncoding encoding = request.encoding();
        byte[] file = generated.toBytes(encoding);
        files.add(file);
        recipes.add(generated.recipe());
        notices.addAll(generated.notices());
        boolean transparent = generated.image().hasAlpha();
        if (encoding.format() == ImageFormat.JPEG && transparent)
            notices.add("JPEG has no transparency, so the transparent part is white. Request PNG or WebP to keep it.");
        if (request.openAiOptions().transparentBackground() && !transparent)
            notices.add("The model cannot make transparent backgrounds, so the image is opaque.");
        hasAlpha |= encoding.format() != ImageFormat.JPEG && transparent;
        width = generated.image().width();
        height = generated.image().height();
        bytes += file.length;
        int count = request.settings().count();
        if (bytes / files.size() * count > maxBytes)
            throw ApiException.forParam(
                    "n",
                    422,
                    "result_too_large",
                    "The first image of %d x %d pixels has %s as %s, so that all %d would have more than %s. Request"
                            + " fewer images at a time, or JPEG or WebP.",
                    width,
                    height,
                    ByteSize.format(file.length),
                    encoding.format(),
                    count,
                    ByteSize.format(maxBytes));
    }

    Job.Result result() {
        return new Job.Result(
                request.encoding(),
                List.copyOf(files),
                List.copyOf(recipes),
                List.copyOf(notices),
                request.settings().seed(),
                width,
                height,
                hasAlpha);
    }
}

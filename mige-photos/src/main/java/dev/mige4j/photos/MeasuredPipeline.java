package dev.mige4j.photos;

import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.image.Image;
import dev.mige4j.photos.naming.CategoryNamer;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Map;

/**
 * A pipeline whose samples are also measured with CLIP, if their object has a name.
 *
 * <pre>
 *   clip_object   cos(object, text)                          text: "a photo of a dog"
 *   clip_gain     cos(target, text) - cos(source, text)      0 or less: the source still shows the object
 * </pre>
 *
 * @param <I> what becomes a sample
 */
public final class MeasuredPipeline<I extends PhotoItem> implements PhotoPipeline<I> {

    private final PhotoPipeline<I> pipeline;
    private final Embedder embedder;

    /** The samples of {@code pipeline}, measured with {@code embedder}, which one thread uses at a time. */
    public MeasuredPipeline(PhotoPipeline<I> pipeline, Embedder embedder) {
        this.pipeline = pipeline;
        this.embedder = embedder;
    }

    @Override
    public PhotoTask task() {
        return pipeline.task();
    }

    @Override
    public StageResult<PhotoSample> process(I item, List<Image> images) {
        return pipeline.process(item, images)
                .then(sample -> StageResult.kept(
                        sample.name().equals(CategoryNamer.UNKNOWN) ? sample : sample.withMeasures(measure(sample))));
    }

    private Map<String, Double> measure(PhotoSample sample) {
        List<float[]> images;
        float[] text;
        synchronized (embedder) {
            images = embedder.embedImages(List.of(sample.object(), sample.source(), sample.target()));
            text = embedder.embedText("a photo of a " + sample.name());
        }
        return Map.of(
                "clip_object", QualityMeasures.round(EmbeddingMetrics.similarity(images.get(0), text)),
                "clip_gain",
                        QualityMeasures.round(EmbeddingMetrics.similarity(images.get(2), text)
                                - EmbeddingMetrics.similarity(images.get(1), text)));
    }
}

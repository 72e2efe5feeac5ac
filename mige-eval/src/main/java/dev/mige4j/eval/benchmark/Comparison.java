package dev.mige4j.eval.benchmark;

import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.eval.metric.Metric;
import java.util.List;
import java.util.Optional;

/**
 * What an output is compared with for one metric. A {@link BenchmarkTurn} declares its comparisons, and the evaluation
 * computes those of many outputs together: an image or caption that several of them name is embedded once.
 *
 * <pre>
 *   Comparison.image(Metric.L1, target)                 mean |output - target|
 *   Comparison.images(Metric.DINO, realImages)          mean over them of cos(DINO(output), DINO(image))
 *   Comparison.entity(Metric.CLIP_I, "dog", entity)     cos(CLIP(dog cropped from output), CLIP(entity))
 *   Comparison.caption(Metric.CLIP_T, caption)          cos(CLIP(output), CLIP(caption))
 *   Comparison.direction(source, before, after)         cos(CLIP(output) - CLIP(source), CLIP(after) - CLIP(before))
 * </pre>
 */
public sealed interface Comparison {

    /** The metric, of which a turn has one comparison. */
    Metric metric();

    /** The output with an image, by pixels or embeddings as the metric says. */
    static Comparison image(Metric metric, ImageSource image) {
        return new WithImages(metric, Optional.empty(), List.of(image));
    }

    /** The output with each of several images; the mean is reported. */
    static Comparison images(Metric metric, List<ImageSource> images) {
        return new WithImages(metric, Optional.empty(), images);
    }

    /** An entity cropped from the output, with an image. */
    static Comparison entity(Metric metric, String entity, ImageSource image) {
        return new WithImages(metric, Optional.of(entity), List.of(image));
    }

    /** The output with a caption, by embeddings of CLIP. */
    static Comparison caption(Metric metric, String caption) {
        return new WithCaption(metric, caption);
    }

    /** The change from a source to the output with the change from a caption to another: CLIPdir. */
    static Comparison direction(ImageSource source, String sourceCaption, String outputCaption) {
        return new WithDirection(Metric.CLIP_DIRECTION, source, sourceCaption, outputCaption);
    }

    /** A metric that the protocol leaves out for this turn; the reason is counted in the reports. */
    static Comparison notApplicable(Metric metric, String reason) {
        return new NotApplicable(metric, reason);
    }

    /**
     * With one or more images.
     *
     * @param entity the name of an object: its crop is compared instead of the whole output
     */
    record WithImages(Metric metric, Optional<String> entity, List<ImageSource> images) implements Comparison {
        public WithImages {
            images = List.copyOf(images);
            if (images.isEmpty()) throw new IllegalArgumentException(metric + " needs an image to compare with.");
        }
    }

    /** With a text. */
    record WithCaption(Metric metric, String caption) implements Comparison {}

    /** With a change of texts. */
    record WithDirection(Metric metric, ImageSource source, String sourceCaption, String outputCaption)
            implements Comparison {}

    /** With nothing. */
    record NotApplicable(Metric metric, String reason) implements Comparison {}
}

package dev.mige4j.photos.segmentation;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PixelBox;
import dev.mige4j.photos.segmentation.SegmentAnythingModel.Candidate;
import dev.mige4j.photos.segmentation.SegmentAnythingModel.Embedding;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Finds all objects of a photograph: asks {@link SegmentAnythingModel} for the objects at the points of a grid, keeps
 * masks that the model is sure of and that hardly depend on the threshold, and of overlapping ones the best. Drops
 * photographs without such a mask ({@code no_object}).
 *
 * <p>Source: Segment Anything, arXiv 2304.02643, appendix B. Overlap is that of the boxes, as there. The photograph is
 * not searched again in parts.
 */
public final class AutomaticMasks implements PhotoStage<Photo, List<ObjectMask>> {

    /**
     * What is searched and kept.
     *
     * @param pointsPerSide points of the grid in each direction
     * @param minScore the least IoU that the model predicts for a mask
     * @param minStability the least stability of a mask
     * @param maxOverlap the largest IoU of the boxes of two masks
     */
    public record Config(int pointsPerSide, double minScore, double minStability, double maxOverlap) {

        /** The original's limits, with 16 instead of 32 points in each direction, which takes a quarter of the time. */
        public static final Config DEFAULT = new Config(16, 0.88, 0.95, 0.7);

        /** @throws UsageException when the number of points is not between 1 and 128 */
        public Config {
            if (pointsPerSide < 1 || pointsPerSide > 128)
                throw new UsageException("The grid has %d points in each direction, expected 1 to 128.", pointsPerSide);
        }
    }

    private record ScoredMask(BinaryMask mask, PixelBox box, float score) {}

    private final SegmentAnythingModel model;
    private final Config config;

    /** A stage that uses this model; the caller closes it. */
    public AutomaticMasks(SegmentAnythingModel model, Config config) {
        this.model = model;
        this.config = config;
    }

    @Override
    public StageResult<List<ObjectMask>> apply(Photo photo) {
        List<ScoredMask> masks = masksOfGrid(photo.image());
        masks.sort(Comparator.comparingDouble(mask -> -mask.score)); // stable: equal scores stay in order of the grid
        List<ScoredMask> kept = new ArrayList<>();
        for (ScoredMask mask : masks)
            if (kept.stream().allMatch(other -> overlap(other.box, mask.box) <= config.maxOverlap)) kept.add(mask);
        if (kept.isEmpty()) return StageResult.dropped("no_object", "%s: the model finds no object.", photo.path());
        return StageResult.kept(kept.stream()
                .map(mask -> new ObjectMask(mask.mask, Optional.empty()))
                .toList());
    }

    private List<ScoredMask> masksOfGrid(Image image) {
        Embedding embedding = model.embed(image);
        int n = config.pointsPerSide;
        List<ScoredMask> masks = new ArrayList<>();
        for (int i = 0; i < n * n; i++) {
            int row = i / n, column = i % n;
            double x = (column + 0.5) / n * image.width(), y = (row + 0.5) / n * image.height();
            for (Candidate candidate : model.atPoint(embedding, x, y)) {
                if (candidate.score() < config.minScore || candidate.stability(embedding) < config.minStability)
                    continue;
                BinaryMask mask = candidate.mask(embedding);
                mask.box().ifPresent(box -> masks.add(new ScoredMask(mask, box, candidate.score())));
            }
        }
        return masks;
    }

    private static double overlap(PixelBox a, PixelBox b) {
        double width = Math.min(a.left() + a.width(), b.left() + b.width()) - Math.max(a.left(), b.left());
        double height = Math.min(a.top() + a.height(), b.top() + b.height()) - Math.max(a.top(), b.top());
        if (width <= 0 || height <= 0) return 0;
        double common = width * height;
        return common / ((double) a.width() * a.height() + (double) b.width() * b.height() - common);
    }
}

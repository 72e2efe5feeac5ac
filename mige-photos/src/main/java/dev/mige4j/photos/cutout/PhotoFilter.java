package dev.mige4j.photos.cutout;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.Optional;

/**
 * Drops photographs that are too small ({@code too_small}), too long and narrow ({@code too_narrow}), blurred
 * ({@code blurred}), or have a low score ({@code low_score}).
 *
 * @param minSide the least short side, in pixels
 * @param maxAspectRatio the largest quotient of the long and the short side; training drops items wider than 4 to 1
 * @param minSharpness the least {@link Sharpness}
 * @param score the least score and who gives it; empty to score nothing
 */
public record PhotoFilter(int minSide, double maxAspectRatio, double minSharpness, Optional<MinScore> score)
        implements PhotoStage<Photo, Photo> {

    /** A short side of 384 pixels, sides of at most 4 to 1, a sharpness of 40, and no score. */
    public static final PhotoFilter DEFAULT = new PhotoFilter(384, 4, 40, Optional.empty());

    /**
     * The least score of a photograph.
     *
     * @param scorer who scores
     * @param min photographs with less are dropped
     */
    public record MinScore(PhotoScorer scorer, double min) {}

    /** @throws UsageException when a limit is out of range */
    public PhotoFilter {
        if (minSide < 1) throw new UsageException("minSide is %d, expected 1 or more.", minSide);
        if (!(maxAspectRatio >= 1))
            throw new UsageException("maxAspectRatio is %s, expected 1 or more.", maxAspectRatio);
        if (!(minSharpness >= 0)) throw new UsageException("minSharpness is %s, expected 0 or more.", minSharpness);
        UsageException.requireNonNull(score, "score");
    }

    @Override
    public StageResult<Photo> apply(Photo photo) {
        int width = photo.image().width(), height = photo.image().height();
        if (Math.min(width, height) < minSide)
            return StageResult.dropped(
                    "too_small", "It has %d x %d pixels; a side must have at least %d.", width, height, minSide);
        double aspectRatio = (double) Math.max(width, height) / Math.min(width, height);
        if (aspectRatio > maxAspectRatio)
            return StageResult.dropped(
                    "too_narrow",
                    "It has %d x %d pixels; the long side may be at most %s times the short one.",
                    width,
                    height,
                    maxAspectRatio);
        double sharpness = Sharpness.of(photo.image());
        if (sharpness < minSharpness)
            return StageResult.dropped(
                    "blurred", "Its sharpness is %.1f; it must be at least %s.", sharpness, minSharpness);
        if (score.isPresent()) {
            double value = score.get().scorer().score(photo.image()),
                    min = score.get().min();
            if (!(value >= min))
                return StageResult.dropped("low_score", "Its score is %.3f; it must be at least %s.", value, min);
        }
        return StageResult.kept(photo);
    }
}

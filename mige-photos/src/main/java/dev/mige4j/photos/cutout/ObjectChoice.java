package dev.mige4j.photos.cutout;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ConnectedComponents;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PixelBox;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.Comparator;
import java.util.List;

/**
 * Chooses the object of a photograph: the largest one that has the right size and is whole.
 *
 * <p>If there is none, the photograph is dropped for what is wrong with its largest object: {@code no_object},
 * {@code object_too_small}, {@code object_too_large}, {@code object_cut_off} (it touches the border of the photograph)
 * or {@code object_in_pieces} (something stands in front of it, or the mask is rough).
 *
 * @param minCoverage the least share of the photograph that the object covers
 * @param maxCoverage the largest share
 * @param minConnected the least share of the object's pixels that are in its largest connected part
 */
public record ObjectChoice(double minCoverage, double maxCoverage, double minConnected)
        implements PhotoStage<List<ObjectMask>, ObjectMask> {

    /** 10 to 50 % of the photograph, and 95 % of the object in one part. */
    public static final ObjectChoice DEFAULT = new ObjectChoice(0.1, 0.5, 0.95);

    /** @throws UsageException when a share is not between 0 and 1, or the least is larger than the largest */
    public ObjectChoice {
        if (!(minCoverage >= 0 && minCoverage <= maxCoverage && maxCoverage <= 1))
            throw new UsageException(
                    "The coverage is %s to %s; expected two shares between 0 and 1, the smaller one first.",
                    minCoverage, maxCoverage);
        if (!(minConnected >= 0 && minConnected <= 1))
            throw new UsageException("minConnected is %s, expected a share between 0 and 1.", minConnected);
    }

    @Override
    public StageResult<ObjectMask> apply(List<ObjectMask> objects) {
        List<StageResult<ObjectMask>> largestFirst = objects.stream()
                .sorted(Comparator.comparingInt(
                                (ObjectMask object) -> object.mask().area())
                        .reversed())
                .map(this::examine)
                .toList();
        return largestFirst.stream()
                .filter(result -> result instanceof StageResult.Kept)
                .findFirst()
                .or(() -> largestFirst.stream().findFirst())
                .orElseGet(() -> StageResult.dropped("no_object", "No object was found in it."));
    }

    private StageResult<ObjectMask> examine(ObjectMask object) {
        BinaryMask mask = object.mask();
        double coverage = mask.coverage();
        if (mask.area() == 0) return StageResult.dropped("no_object", "The mask of its object has no pixels.");
        if (coverage < minCoverage)
            return StageResult.dropped(
                    "object_too_small",
                    "Its largest object covers %.1f %% of it; it must be at least %.1f %%.",
                    100 * coverage,
                    100 * minCoverage);
        if (coverage > maxCoverage)
            return StageResult.dropped(
                    "object_too_large",
                    "Its largest object covers %.1f %% of it; it must be at most %.1f %%.",
                    100 * coverage,
                    100 * maxCoverage);
        if (touchesBorder(mask))
            return StageResult.dropped("object_cut_off", "Its largest object touches the border; it must be whole.");
        double connected = ConnectedComponents.largest(mask).area() / (double) mask.area();
        if (connected < minConnected)
            return StageResult.dropped(
                    "object_in_pieces",
                    "The largest connected part of its largest object is %.1f %% of it; it must be at least %.1f %%.",
                    100 * connected,
                    100 * minConnected);
        return StageResult.kept(object);
    }

    private static boolean touchesBorder(BinaryMask mask) {
        PixelBox box = mask.box().orElseThrow();
        return box.left() == 0
                || box.top() == 0
                || box.left() + box.width() == mask.width()
                || box.top() + box.height() == mask.height();
    }
}

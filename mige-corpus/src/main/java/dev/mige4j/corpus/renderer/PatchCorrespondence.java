package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which part of a reference shows what stands somewhere in a target, worked out from the specifications alone: a
 * thing's frame in both pictures, its turn, shear and flip. Exact to a few pixels; what stands before a thing is not
 * taken away.
 */
public final class PatchCorrespondence {

    private final SpriteStore sprites;

    public PatchCorrespondence(SpriteStore sprites) {
        this.sprites = sprites;
    }

    /**
     * For each cell of a grid of {@code side} x {@code side} over the target, row by row: the cell of the reference
     * that shows its middle, {@code reference · side² + cell}, or -1 where no reference but the source does.
     */
    public int[] compute(ExampleSpec item, int gridSize) {
        int[] correspondence = new int[gridSize * gridSize];
        Arrays.fill(correspondence, -1);
        for (ReferencedObject s : referencedObjects(item))
            fill(
                    correspondence,
                    gridSize,
                    s.object,
                    Scene.byName(item.target().scene()),
                    s.reference,
                    s.referenceIndex);
        return correspondence;
    }

    /**
     * Whether all things of the target that references show are turned to the same side there; true if there are none.
     */
    public static boolean matchesOrientation(ExampleSpec item) {
        return referencedObjects(item).stream()
                .allMatch(s -> s.object.flip() == s.reference.object().flip());
    }

    /** A thing of the target and the reference that shows it. */
    private record ReferencedObject(ObjectSpec object, ReferenceSpec reference, int referenceIndex) {}

    private static List<ReferencedObject> referencedObjects(ExampleSpec item) {
        List<ReferencedObject> referenced = new ArrayList<>();
        for (int r = 0; r < item.references().size(); r++) {
            ReferenceSpec reference = item.references().get(r);
            if (reference.isSource()) continue;
            int id = item.changedIds().get(referenced.size());
            referenced.add(new ReferencedObject(
                    item.target().objects().stream()
                            .filter(o -> o.id() == id)
                            .findFirst()
                            .orElseThrow(),
                    reference,
                    r));
        }
        return referenced;
    }

    private void fill(
            int[] correspondence,
            int gridSize,
            ObjectSpec object,
            Scene scene,
            ReferenceSpec reference,
            int referenceIndex) {
        ObjectFrame targetFrame = frameOf(object, scene),
                referenceFrame =
                        frameOf(
                                reference.object(),
                                reference.scene() == null
                                        ? null
                                        : Scene.byName(reference.scene().scene()));
        for (int cell = 0; cell < gridSize * gridSize; cell++) {
            double[] local =
                    targetFrame.toObject((cell % gridSize + 0.5) / gridSize, (cell / gridSize + 0.5) / gridSize);
            if (Math.max(Math.abs(local[0]), Math.abs(local[1])) > 0.5) continue;
            double[] position = referenceFrame.toImage(local[0], local[1]);
            int x = (int) Math.floor(position[0] * gridSize), y = (int) Math.floor(position[1] * gridSize);
            if (x >= 0 && y >= 0 && x < gridSize && y < gridSize)
                correspondence[cell] = (referenceIndex * gridSize + y) * gridSize + x;
        }
    }

    /** The middle of a drawing, its size before turn and shear, all in widths of the picture. */
    private record ObjectFrame(double centreX, double centreY, double width, double height, ObjectSpec pose) {

        /** What part of the drawing stands at a point: from -0.5 to 0.5 across and down inside of the drawing. */
        double[] toObject(double x, double y) {
            double angle = Math.toRadians(pose.rotation()),
                    cos = StrictMath.cos(angle),
                    sin = StrictMath.sin(angle),
                    dx = x - this.centreX,
                    dy = y - this.centreY;
            double down = -dx * sin + dy * cos, across = dx * cos + dy * sin + pose.shear() * down;
            return new double[] {(pose.flip() ? -across : across) / width, down / height};
        }

        /** Where a part of the drawing stands. */
        double[] toImage(double across, double down) {
            double angle = Math.toRadians(pose.rotation()), cos = StrictMath.cos(angle), sin = StrictMath.sin(angle);
            double y = down * height, x = (pose.flip() ? -across : across) * width - pose.shear() * y;
            return new double[] {this.centreX + x * cos - y * sin, this.centreY + x * sin + y * cos};
        }
    }

    /** As {@link dev.mige4j.corpus.renderer.Renderer} places it; without a scene it is alone in the middle. */
    private ObjectFrame frameOf(ObjectSpec object, Scene scene) {
        Sprite sprite = sprites.get(object.concept(), object.iconSet());
        PlacedSprite.SpriteExtent extent = PlacedSprite.SpriteExtent.of(sprite, object, 1);
        if (scene == null) return new ObjectFrame(0.5, 0.5, extent.width(), extent.height(), object);
        double margin = 1 / 64.0,
                halfWidth = extent.boundsWidth() / 2,
                x =
                        Math.max(
                                halfWidth + Math.min(margin, 1 - extent.boundsWidth()),
                                Math.min(1 - halfWidth - margin, object.x()));
        double top = object.y() != null
                ? object.y() - extent.boundsHeight() / 2
                : scene.baselineAt(object.depth()) - extent.boundsHeight();
        return new ObjectFrame(
                x,
                Math.max(Math.min(margin, 1 - extent.boundsHeight()), top) + extent.boundsHeight() / 2,
                extent.width(),
                extent.height(),
                object);
    }
}

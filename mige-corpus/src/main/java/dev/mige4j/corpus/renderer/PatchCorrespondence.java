package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Correspondence between patches of the target and patches of the references that show the same part of an object,
 * computed from the specifications: position, rotation, shear and flip of the object in both images. Exact for objects
 * on the grid, else to a few pixels; occlusion is ignored.
 */
public final class PatchCorrespondence {

    private static final double ROUNDING_ERROR = 1e-9;

    private final SpriteStore sprites;
    private final int imageSize;

    /** For images of {@code imageSize} x {@code imageSize} pixels. */
    public PatchCorrespondence(SpriteStore sprites, int imageSize) {
        this.sprites = sprites;
        this.imageSize = imageSize;
    }

    /**
     * The corresponding reference patches of the target, which is divided into {@code gridSize} x {@code gridSize}
     * patches.
     *
     * @return [gridSize*gridSize] row by row: {@code reference * gridSize² + patch}, or -1 where no reference shows the
     *     centre of the patch
     */
    public int[] compute(ExampleSpec spec, int gridSize) {
        int[] correspondence = new int[gridSize * gridSize];
        Arrays.fill(correspondence, -1);
        Scene targetScene = Scene.byName(spec.target().scene());
        for (ReferencedObject r : referencedObjects(spec)) fill(correspondence, gridSize, r, targetScene);
        return correspondence;
    }

    /** Whether all referenced objects of the target have the same flip in their reference; true if there are none. */
    public static boolean matchesOrientation(ExampleSpec spec) {
        return referencedObjects(spec).stream()
                .allMatch(r -> r.object.flip() == r.reference.object().flip());
    }

    /** An object of the target and the reference that shows it. */
    private record ReferencedObject(ObjectSpec object, ReferenceSpec reference, int referenceIndex) {}

    private static List<ReferencedObject> referencedObjects(ExampleSpec spec) {
        List<ReferencedObject> referenced = new ArrayList<>();
        for (int r = 0; r < spec.references().size(); r++) {
            ReferenceSpec reference = spec.references().get(r);
            if (reference.isSource()) continue;
            int id = spec.changedIds().get(referenced.size());
            referenced.add(new ReferencedObject(
                    spec.target().objects().stream()
                            .filter(o -> o.id() == id)
                            .findFirst()
                            .orElseThrow(),
                    reference,
                    r));
        }
        return referenced;
    }

    private void fill(int[] correspondence, int gridSize, ReferencedObject referenced, Scene targetScene) {
        SceneSpec referenceScene = referenced.reference.scene();
        ObjectFrame targetFrame = frameOf(referenced.object, targetScene),
                referenceFrame =
                        frameOf(
                                referenced.reference.object(),
                                referenceScene == null ? null : Scene.byName(referenceScene.scene()));
        for (int patch = 0; patch < gridSize * gridSize; patch++) {
            int column = patch % gridSize, row = patch / gridSize;
            double[] local = targetFrame.toObject((column + 0.5) / gridSize, (row + 0.5) / gridSize);
            if (Math.max(Math.abs(local[0]), Math.abs(local[1])) > 0.5) continue;
            double[] position = referenceFrame.toImage(local[0], local[1]);
            int x = (int) Math.floor(position[0] * gridSize + ROUNDING_ERROR),
                    y = (int) Math.floor(position[1] * gridSize + ROUNDING_ERROR);
            if (x >= 0 && y >= 0 && x < gridSize && y < gridSize)
                correspondence[patch] = (referenced.referenceIndex * gridSize + y) * gridSize + x;
        }
    }

    /** An object's coordinate system: its centre and its size before rotation and shear, in image widths. */
    private record ObjectFrame(double centreX, double centreY, double width, double height, ObjectSpec pose) {

        /** Image coordinates to object coordinates, which are in -0.5 .. 0.5 inside of the sprite. */
        double[] toObject(double x, double y) {
            double angle = Math.toRadians(pose.rotation()),
                    cos = StrictMath.cos(angle),
                    sin = StrictMath.sin(angle),
                    dx = x - centreX,
                    dy = y - centreY;
            double down = -dx * sin + dy * cos, across = dx * cos + dy * sin + pose.shear() * down;
            return new double[] {(pose.flip() ? -across : across) / width, down / height};
        }

        /** Object coordinates to image coordinates. */
        double[] toImage(double across, double down) {
            double angle = Math.toRadians(pose.rotation()), cos = StrictMath.cos(angle), sin = StrictMath.sin(angle);
            double y = down * height, x = (pose.flip() ? -across : across) * width - pose.shear() * y;
            return new double[] {centreX + x * cos - y * sin, centreY + x * sin + y * cos};
        }
    }

    private ObjectFrame frameOf(GridBox box, ObjectSpec object) {
        double n = imageSize;
        return new ObjectFrame(
                (box.left() + box.width() / 2.0) / n,
                (box.top() + box.height() / 2.0) / n,
                box.width() / n,
                box.height() / n,
                object);
    }

    /** The frame that {@link Renderer} gives the object; without a scene it is alone in the middle. */
    private ObjectFrame frameOf(ObjectSpec object, Scene scene) {
        Sprite sprite = sprites.get(object.concept(), object.iconSet());
        if (object.onGrid()) return frameOf(GridBox.of(sprite, object, imageSize), object);
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

package mige.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which part of a reference shows what stands somewhere in a target, worked out from the specifications alone: a thing's frame in both
 * pictures, its turn, shear and flip. Exact to a few pixels; what stands before a thing is not taken away.
 */
final class Sights {

    private final Sprites sprites;

    Sights(Sprites sprites) {
        this.sprites = sprites;
    }

    /**
     * For each cell of a grid of {@code side} x {@code side} over the target, row by row: the cell of the reference that shows its middle,
     * {@code reference · side² + cell}, or -1 where no reference but the source does.
     */
    int[] of(Item item, int side) {
        int[] sights = new int[side * side];
        Arrays.fill(sights, -1);
        for (Shown s : shown(item)) see(sights, side, s.thing, Scene.named(item.target().scene()), s.reference, s.number);
        return sights;
    }

    /** Whether all things of the target that references show are turned to the same side there; true if there are none. */
    static boolean faced(Item item) {
        return shown(item).stream().allMatch(s -> s.thing.flip() == s.reference.object().flip());
    }

    /** A thing of the target and the reference that shows it. */
    private record Shown(ObjectSpec thing, Reference reference, int number) {}

    private static List<Shown> shown(Item item) {
        List<Shown> all = new ArrayList<>();
        for (int r = 0; r < item.references().size(); r++) {
            Reference reference = item.references().get(r);
            if (reference.isSource()) continue;
            int id = item.changed().get(all.size());
            all.add(new Shown(item.target().objects().stream().filter(o -> o.id() == id).findFirst().orElseThrow(), reference, r));
        }
        return all;
    }

    private void see(int[] sights, int side, ObjectSpec o, Scene scene, Reference reference, int number) {
        Frame here = frame(o, scene), there = frame(reference.object(), reference.scene() == null ? null : Scene.named(reference.scene().scene()));
        for (int cell = 0; cell < side * side; cell++) {
            double[] part = here.part((cell % side + 0.5) / side, (cell / side + 0.5) / side);
            if (Math.max(Math.abs(part[0]), Math.abs(part[1])) > 0.5) continue;
            double[] at = there.at(part[0], part[1]);
            int x = (int) Math.floor(at[0] * side), y = (int) Math.floor(at[1] * side);
            if (x >= 0 && y >= 0 && x < side && y < side) sights[cell] = (number * side + y) * side + x;
        }
    }

    /** The middle of a drawing, its size before turn and shear, all in widths of the picture. */
    private record Frame(double x, double y, double width, double height, ObjectSpec pose) {

        /** What part of the drawing stands at a point: from -0.5 to 0.5 across and down inside of the drawing. */
        double[] part(double x, double y) {
            double turn = Math.toRadians(pose.rotate()), cos = StrictMath.cos(turn), sin = StrictMath.sin(turn), dx = x - this.x, dy = y - this.y;
            double down = -dx * sin + dy * cos, across = dx * cos + dy * sin + pose.bend() * down;
            return new double[] {(pose.flip() ? -across : across) / width, down / height};
        }

        /** Where a part of the drawing stands. */
        double[] at(double across, double down) {
            double turn = Math.toRadians(pose.rotate()), cos = StrictMath.cos(turn), sin = StrictMath.sin(turn);
            double y = down * height, x = (pose.flip() ? -across : across) * width - pose.bend() * y;
            return new double[] {this.x + x * cos - y * sin, this.y + x * sin + y * cos};
        }
    }

    /** As {@link Renderer} places it; without a scene it is alone in the middle. */
    private Frame frame(ObjectSpec o, Scene scene) {
        Sprite sprite = sprites.get(o.concept(), o.set());
        Stamp.Extent e = Stamp.Extent.of(sprite, o, 1);
        if (scene == null) return new Frame(0.5, 0.5, e.width(), e.height(), o);
        double edge = 1 / 64.0, half = e.wide() / 2, x = Math.max(half + Math.min(edge, 1 - e.wide()), Math.min(1 - half - edge, o.x()));
        double top = o.y() != null ? o.y() - e.high() / 2 : scene.base(o.depth()) - e.high();
        return new Frame(x, Math.max(Math.min(edge, 1 - e.high()), top) + e.high() / 2, e.width(), e.height(), o);
    }
}

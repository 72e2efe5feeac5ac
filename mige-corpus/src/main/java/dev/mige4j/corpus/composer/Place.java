package dev.mige4j.corpus.composer;

import dev.mige4j.corpus.specification.ObjectSpec;

/**
 * Position and size of an object; see the components of {@link ObjectSpec}.
 *
 * @param y vertical position of the centre of a floating object; null: the object stands
 */
record Place(double x, double depth, Double y, double size, boolean onGrid) {

    /** A place off the grid; x, depth and size are rounded to three decimals, which keeps specifications short. */
    static Place rounded(double x, double depth, Double y, double size) {
        return new Place(Composition.round3(x), Composition.round3(depth), y, Composition.round3(size), false);
    }

    ObjectSpec.Builder applyTo(ObjectSpec.Builder builder) {
        return builder.position(x, depth, y).size(size).onGrid(onGrid);
    }

    /** The object at this place. */
    ObjectSpec applyTo(ObjectSpec object) {
        return applyTo(object.toBuilder()).build();
    }
}

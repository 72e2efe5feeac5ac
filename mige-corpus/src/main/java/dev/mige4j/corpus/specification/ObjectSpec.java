package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One object of a scene. Lengths are fractions of the image side.
 *
 * <p>An object that is {@code onGrid} has the same pixels, before lighting, in every image that shows it at one size:
 * its box is scaled to whole pixels and moved by whole cells of a grid of 16 x 16.
 *
 * @param id identifies the object within its scene, and across source and target
 * @param concept name of the {@link Concept}
 * @param iconSet icon set that the sprite is taken from
 * @param hueShift rotation of the hue in degrees
 * @param color name of the colour that replaces the sprite's own; null: unchanged
 * @param texture name of the texture that replaces the sprite's own colours; null: unchanged
 * @param x horizontal position of the centre
 * @param depth 0 far .. 1 near; sets the baseline of a standing object and the drawing order
 * @param y vertical position of the centre of a floating object; null: the object stands on the ground
 * @param size side of the square that has the area of the sprite's bounding rectangle
 * @param flip whether the sprite is mirrored horizontally
 * @param rotation clockwise rotation in degrees
 * @param shear horizontal shear
 * @param onGrid whether {@code size} is the longest side of the sprite's box, the box lies on the grid, and
 *     {@code depth} sets the height of its centre; without rotation and shear
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ObjectSpec(
        int id,
        String concept,
        @JsonProperty("set") String iconSet,
        @JsonProperty("hue") int hueShift,
        String color,
        String texture,
        double x,
        double depth,
        Double y,
        double size,
        boolean flip,
        @JsonProperty("rotate") double rotation,
        @JsonProperty("bend") double shear,

        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("grid")
        boolean onGrid) {

    /** A builder of an upright object in its own colours, standing in the middle of the image at depth 0.5. */
    public static Builder builder(int id, String concept, String iconSet) {
        return new Builder(id, concept, iconSet);
    }

    /** A builder with the values of this object. */
    public Builder toBuilder() {
        return new Builder(id, concept, iconSet)
                .hueShift(hueShift)
                .color(color)
                .texture(texture)
                .position(x, depth, y)
                .size(size)
                .flip(flip)
                .rotation(rotation)
                .shear(shear)
                .onGrid(onGrid);
    }

    public ObjectSpec withPosition(double x, double depth, Double y) {
        return toBuilder().position(x, depth, y).build();
    }

    public ObjectSpec withSize(double size) {
        return toBuilder().size(size).build();
    }

    /** This object in another colour, without a texture. */
    public ObjectSpec withColor(String color) {
        return toBuilder().color(color).texture(null).build();
    }

    /** This object with another texture, without a colour. */
    public ObjectSpec withTexture(String texture) {
        return toBuilder().color(null).texture(texture).build();
    }

    /** Builds an {@link ObjectSpec}; its methods are named after the components. */
    public static final class Builder {
        private final int id;
        private final String concept, iconSet;
        private int hueShift;
        private String color, texture;
        private double x = 0.5, depth = 0.5, size = 0.5, rotation, shear;
        private Double y;
        private boolean flip, onGrid;

        private Builder(int id, String concept, String iconSet) {
            this.id = id;
            this.concept = concept;
            this.iconSet = iconSet;
        }

        public Builder hueShift(int degrees) {
            hueShift = degrees;
            return this;
        }

        public Builder color(String color) {
            this.color = color;
            return this;
        }

        public Builder texture(String texture) {
            this.texture = texture;
            return this;
        }

        /** A standing object: x and depth. */
        public Builder position(double x, double depth) {
            return position(x, depth, null);
        }

        /** A floating object at height {@code y}; null: standing. */
        public Builder position(double x, double depth, Double y) {
            this.x = x;
            this.depth = depth;
            this.y = y;
            return this;
        }

        public Builder size(double size) {
            this.size = size;
            return this;
        }

        public Builder flip(boolean flip) {
            this.flip = flip;
            return this;
        }

        public Builder rotation(double degrees) {
            rotation = degrees;
            return this;
        }

        public Builder shear(double shear) {
            this.shear = shear;
            return this;
        }

        public Builder onGrid(boolean onGrid) {
            this.onGrid = onGrid;
            return this;
        }

        public ObjectSpec build() {
            return new ObjectSpec(
                    id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear, onGrid);
        }
    }
}

package dev.mige4j.corpus;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One thing in a scene. {@code size} is the side of a square of the drawing's area, {@code x} the middle, both in
 * widths of the picture; {@code depth} 0 far .. 1 near sets the base line; {@code y} is the middle's height of a thing
 * that floats (null: it stands). {@code hue} degrees are turned, {@code color} and {@code texture} replace the look.
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
        @JsonProperty("bend") double shear) {

    ObjectSpec withPosition(double x, double depth, Double y) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withSize(double size) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withColor(String color) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, null, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withTexture(String texture) {
        return new ObjectSpec(id, concept, iconSet, hueShift, null, texture, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withIconSet(String iconSet) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withPose(boolean flip, double rotation, double shear) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear);
    }

    ObjectSpec withId(int id) {
        return new ObjectSpec(id, concept, iconSet, hueShift, color, texture, x, depth, y, size, flip, rotation, shear);
    }
}

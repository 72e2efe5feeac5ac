package mige.data;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * One thing in a scene. {@code size} is the side of a square of the drawing's area, {@code x} the middle, both in widths
 * of the picture; {@code depth} 0 far .. 1 near sets the base line; {@code y} is the middle's height of a thing that
 * floats (null: it stands). {@code hue} degrees are turned, {@code color} and {@code texture} replace the look.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ObjectSpec(int id, String concept, String set, int hue, String color, String texture,
                         double x, double depth, Double y, double size, boolean flip, double rotate, double bend) {

    ObjectSpec at(double x, double depth, Double y) {
        return new ObjectSpec(id, concept, set, hue, color, texture, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec sized(double size) {
        return new ObjectSpec(id, concept, set, hue, color, texture, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec coloured(String color) {
        return new ObjectSpec(id, concept, set, hue, color, null, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec textured(String texture) {
        return new ObjectSpec(id, concept, set, hue, null, texture, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec drawnIn(String set) {
        return new ObjectSpec(id, concept, set, hue, color, texture, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec posed(boolean flip, double rotate, double bend) {
        return new ObjectSpec(id, concept, set, hue, color, texture, x, depth, y, size, flip, rotate, bend);
    }

    ObjectSpec numbered(int id) {
        return new ObjectSpec(id, concept, set, hue, color, texture, x, depth, y, size, flip, rotate, bend);
    }
}

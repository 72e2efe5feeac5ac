package mige.data;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A picture that a marker stands for: {@code source} (the picture to edit), {@code black} or {@code white} (a thing alone on
 * that ground) or {@code scene} (a thing large in another place).
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Reference(String how, ObjectSpec object, SceneSpec scene) {

    /** The picture to edit. */
    public static final Reference SOURCE = new Reference("source", null, null);

    boolean isSource() {
        return how.equals("source");
    }
}

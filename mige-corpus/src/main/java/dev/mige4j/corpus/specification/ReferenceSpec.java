package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The reference image of a placeholder in an instruction.
 *
 * @param presentation {@code source}: the source image; {@code black} or {@code white}: an object alone on this
 *     background; {@code scene}: an object in a scene
 * @param object the object; null for the source
 * @param scene the scene with the object; null for the other presentations
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReferenceSpec(@JsonProperty("how") String presentation, ObjectSpec object, SceneSpec scene) {

    /** The source image of an edit. */
    public static final ReferenceSpec SOURCE = new ReferenceSpec("source", null, null);

    public static ReferenceSpec onBlack(ObjectSpec object) {
        return new ReferenceSpec("black", object, null);
    }

    public static ReferenceSpec onWhite(ObjectSpec object) {
        return new ReferenceSpec("white", object, null);
    }

    public static ReferenceSpec inScene(ObjectSpec object, SceneSpec scene) {
        return new ReferenceSpec("scene", object, scene);
    }

    @JsonIgnore
    public boolean isSource() {
        return presentation.equals("source");
    }
}

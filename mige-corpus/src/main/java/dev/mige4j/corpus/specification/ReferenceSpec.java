package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A picture that a marker stands for: {@code source} (the picture to edit), {@code black} or {@code white} (a thing
 * alone on that ground) or {@code scene} (a thing large in another place).
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReferenceSpec(@JsonProperty("how") String presentation, ObjectSpec object, SceneSpec scene) {

    /** The picture to edit. */
    public static final ReferenceSpec SOURCE = new ReferenceSpec("source", null, null);

    @JsonIgnore
    public boolean isSource() {
        return presentation.equals("source");
    }
}

package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * An example before it is rendered: the instruction, its references, and the source and target scenes.
 *
 * @param kind the kind of task
 * @param split the split that the example belongs to
 * @param instruction the instruction with {@code <imagehere>} for each reference, without spaces around it
 * @param references the references of the placeholders, in order
 * @param source the scene to edit; null for subject generation
 * @param target the scene to generate
 * @param changedIds ids of the objects that mask and bounding box follow
 * @param objectName name of the object that the instruction is about; "" for edits of the whole image
 * @param caption the instruction with the names of the references in place of the placeholders
 * @param sourceCaption caption of the source; null without source
 * @param targetCaption caption of the target
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ExampleSpec(
        TaskKind kind,
        Split split,
        @JsonProperty("text") String instruction,
        List<ReferenceSpec> references,
        SceneSpec source,
        SceneSpec target,
        @JsonProperty("changed") List<Integer> changedIds,
        @JsonProperty("object") String objectName,
        String caption,
        String sourceCaption,
        String targetCaption) {
    public ExampleSpec {
        references = List.copyOf(references);
        changedIds = List.copyOf(changedIds);
    }
}

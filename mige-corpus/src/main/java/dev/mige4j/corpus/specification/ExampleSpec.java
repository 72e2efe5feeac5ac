package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * An example before it is drawn: instruction, what its markers stand for, and the specifications of source and target.
 *
 * @param kind what is asked
 * @param split where it comes from
 * @param instruction the instruction with {@code <imagehere>} for each reference, no space around it
 * @param references in the order of the markers
 * @param source the picture to edit; null for subject generation
 * @param target the picture to make
 * @param changedIds ids of the things that the mask and the box follow
 * @param objectName name of the thing that is asked for ("" for whole pictures)
 * @param caption the instruction in words only
 * @param sourceCaption what the source shows; null without source
 * @param targetCaption what the target shows
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

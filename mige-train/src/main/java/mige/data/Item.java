package mige.data;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * An example before it is drawn: instruction, what its markers stand for, and the specifications of source and target.
 *
 * @param kind          what is asked
 * @param split         where it comes from
 * @param text          the instruction with {@code <imagehere>} for each reference, no space around it
 * @param references    in the order of the markers
 * @param source        the picture to edit; null for subject generation
 * @param target        the picture to make
 * @param changed       ids of the things that the mask and the box follow
 * @param object        name of the thing that is asked for ("" for whole pictures)
 * @param caption       the instruction in words only
 * @param sourceCaption what the source shows; null without source
 * @param targetCaption what the target shows
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Item(Kind kind, Split split, String text, List<Reference> references, SceneSpec source, SceneSpec target,
                   List<Integer> changed, String object, String caption, String sourceCaption, String targetCaption) {
    public Item {
        references = List.copyOf(references);
        changed = List.copyOf(changed);
    }
}

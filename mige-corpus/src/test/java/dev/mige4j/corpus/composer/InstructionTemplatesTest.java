package dev.mige4j.corpus.composer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.mige4j.corpus.renderer.StyleFilter;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstructionTemplatesTest {

    @Test
    void fillsNamesAndPlaceholders() {
        assertEquals(
                "Replace the apple in<imagehere>with<imagehere>",
                InstructionTemplates.fill("replace the {n} in M with M", "n", "apple"));
    }

    @Test
    void captionsNameTheImagesInPlaceOfPlaceholders() {
        assertEquals(
                "replace the apple in the picture with a pear",
                InstructionTemplates.toCaption(
                        "Replace the apple in<imagehere>with<imagehere>", List.of("the picture", "a pear")));
    }

    @Test
    void everyStyleFilterHasAName() {
        for (String filter : StyleFilter.NAMES) assertNotNull(InstructionTemplates.styleName(filter), filter);
    }
}

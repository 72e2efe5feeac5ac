package dev.mige4j.corpus.specification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mige4j.common.Json;
import org.junit.jupiter.api.Test;

class ObjectSpecTest {

    private static final ObjectSpec OWL = ObjectSpec.builder(3, "owl", "noto")
            .hueShift(60)
            .position(0.2, 0.7, 0.4)
            .size(0.3)
            .flip(true)
            .rotation(5)
            .shear(0.1)
            .build();

    @Test
    void aBuilderOfAnObjectKeepsAllItsValues() {
        assertEquals(OWL, OWL.toBuilder().build());
    }

    @Test
    void colourAndTextureReplaceEachOther() {
        assertNull(OWL.withColor("red").withTexture("ice").color());
        assertNull(OWL.withTexture("ice").withColor("red").texture());
    }

    @Test
    void jsonKeysAreThoseOfTheBenchmarkFile() throws Exception {
        String json = "{'id':3,'concept':'owl','set':'noto','hue':60,'x':0.2,'depth':0.7,'y':0.4,'size':0.3,"
                + "'flip':true,'rotate':5.0,'bend':0.1}";
        assertEquals(json.replace('\'', '"'), Json.write(OWL));
        assertEquals(OWL, Json.MAPPER.readValue(Json.write(OWL), ObjectSpec.class));
    }
}

package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestNameTest {

    private static final List<String> NAMES = List.of("--port", "--host", "--guidance");

    @Test
    void findsTheNearestNameHoweverFar() {
        assertEquals("--host", NearestName.find("ghost", NAMES));
    }

    @Test
    void findsNothingBeyondADistance() {
        assertEquals(Optional.of("--port"), NearestName.findWithin("--prot", NAMES, 2));
        assertEquals(Optional.empty(), NearestName.findWithin("--prot", NAMES, 1));
        assertEquals(Optional.empty(), NearestName.findWithin("x", List.of(), 2));
    }
}

package dev.mige4j.photos.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mige4j.common.UsageException;
import org.junit.jupiter.api.Test;

class StageResultTest {

    @Test
    void aKeptItemGoesOnAndADroppedOneEndsWithItsReason() {
        assertEquals(StageResult.kept(4), StageResult.kept(2).then(n -> StageResult.kept(n + 2)));
        StageResult<Integer> dropped = StageResult.dropped("too_small", "It has %d pixels.", 3);
        assertEquals(
                StageResult.<Integer>dropped("too_small", "It has 3 pixels."),
                dropped.then(n -> fail("a dropped item has no next stage")));
    }

    @Test
    void aReasonIsAKeyThatReportsCanCount() {
        UsageException error = assertThrows(UsageException.class, () -> StageResult.dropped("Too small!", "Why."));
        assertEquals("The reason 'Too small!' is no key such as 'too_small'.", error.getMessage());
    }
}

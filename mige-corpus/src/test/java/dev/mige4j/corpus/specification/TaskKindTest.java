package dev.mige4j.corpus.specification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskKindTest {

    @Test
    void idsNeverChange() {
        assertEquals(
                "subject_1=0 subject_2=1 subject_3=2 add=3 remove=4 replace=5 colour=6 texture=7 background=8 time=9 "
                        + "weather=10 style=11 move=12 resize=13 subject_add=14 subject_replace=15",
                String.join(
                        " ",
                        Arrays.stream(TaskKind.values())
                                .map(k -> k.label() + "=" + k.id())
                                .toList()));
    }

    @Test
    void everyIdResolvesToItsKind() {
        IntStream.range(0, 16)
                .forEach(id -> assertEquals(id, TaskKind.fromId(id).id()));
        assertSame(TaskKind.COLOUR, TaskKind.fromId(6));
    }

    @Test
    void rejectsAnUnknownId() {
        assertThrows(IllegalArgumentException.class, () -> TaskKind.fromId(16));
    }
}

package dev.mige4j.dataset.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class MagicBrushTurnTest {

    public static final String SESSIONS = """
            {"12": [{"input": "12-input.png", "mask": "12-mask1.png", "output": "12-output1.png",
                     "instruction": "add a hat"},
                    {"input": "12-output1.png", "output": "12-output2.png", "instruction": "make it red"}]}""";

    @TempDir
    Path folder;

    @BeforeEach
    void writeFiles() throws IOException {
        write("edit_sessions.json", SESSIONS);
        write("global_descriptions.json", "{\"12\": {\"12-output1.png\": \"a man in a hat\"}}");
        write("local_descriptions.json", "{\"12\": {\"12-output2.png\": \"a red hat\"}}");
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }

    private String failure() {
        return assertThrows(UsageException.class, () -> MagicBrushTurn.loadTest(folder))
                .getMessage();
    }

    @Test
    void readsTheTurnsOfASession() {
        List<MagicBrushTurn> turns = MagicBrushTurn.loadTest(folder).get(0);
        MagicBrushTurn first = turns.get(0), second = turns.get(1);
        assertEquals("images/12/12-input.png", first.source().name());
        assertEquals(first.target(), second.source());
        assertEquals(Optional.of("a man in a hat"), first.globalCaption());
        assertEquals(Optional.empty(), first.localCaption());
        assertEquals(Optional.of("a red hat"), second.localCaption());
        assertEquals(Optional.empty(), second.mask());
    }

    @Test
    void namesTheOutputsAsTheScriptOfTheAuthorsExpects() {
        List<MagicBrushTurn> turns = MagicBrushTurn.loadTest(folder).get(0);
        assertEquals("12/12_1", turns.get(0).independentOutput());
        assertEquals("12/12_1", turns.get(0).iteratedOutput());
        assertEquals("12/12_inde_2", turns.get(1).independentOutput());
        assertEquals("12/12_iter_2", turns.get(1).iteratedOutput());
    }

    @Test
    void refusesPathsThatLeaveTheFolder() throws IOException {
        write("edit_sessions.json", SESSIONS.replace("12-output2.png", "../../../../12-output2.png"));
        assertTrue(failure().contains("is not one of a file in this folder"), failure());
        write("edit_sessions.json", SESSIONS.replace("{\"12\"", "{\"../12\""));
        assertTrue(failure().startsWith("edit_sessions.json: session ../12: the id is not"), failure());
    }

    @Test
    void refusesSessionsThatAreEmptyOrGivenTwice() throws IOException {
        write("edit_sessions.json", "{\"12\": []}");
        assertEquals("edit_sessions.json: session 12 has no turns.", failure());
        write("edit_sessions.json", "{\"12\": [], \"12\": []}");
        assertTrue(failure().contains("Duplicate field '12'"), failure());
        write("edit_sessions.json", SESSIONS.replace("\"instruction\": \"make it red\"", "\"instruction\": 1"));
        assertEquals("edit_sessions.json: session 12: record 2 has no string 'instruction'.", failure());
    }

    @Test
    void saysThatTheFolderTestWasExpected(@TempDir Path parent) throws IOException {
        Files.move(folder, parent.resolve("test"));
        String message = assertThrows(UsageException.class, () -> MagicBrushTurn.loadTest(parent))
                .getMessage();
        assertEquals(
                parent + " has no edit_sessions.json; expected the folder 'test' of MagicBrush with edit_sessions.json,"
                        + " global_descriptions.json, local_descriptions.json, which " + parent.resolve("test")
                        + " has.",
                message);
        Files.move(parent.resolve("test"), folder);
    }
}

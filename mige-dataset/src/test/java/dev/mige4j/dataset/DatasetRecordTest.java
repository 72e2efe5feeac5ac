package dev.mige4j.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetRecordTest {

    private static final DatasetRecord ADD = new DatasetRecord(
            "target/add/1.png",
            8,
            4,
            List.of("reference/add/1.png", "source/add/1.png"),
            "Add<imagehere>to<imagehere>",
            Optional.of("source/add/1.png"),
            Map.of("mask_coverage", 0.25));

    static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text.replace('\'', '"'));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String error(String json) {
        return assertThrows(UsageException.class, () -> DatasetRecord.fromJson(json(json)))
                .getMessage();
    }

    @Test
    void isTheReferencesItemAsJson() {
        assertEquals(
                "{'image':'target/add/1.png','width':8,'height':4,'entity_path':['reference/add/1.png',"
                        + "'source/add/1.png'],'multi_prompt':'Add<imagehere>to<imagehere>',"
                        + "'source_path':['source/add/1.png'],'measures':{'mask_coverage':0.25}}",
                Json.write(ADD.toJson()).replace('"', '\''));
        assertEquals(ADD, DatasetRecord.fromJson(ADD.toJson()));
    }

    @Test
    void ignoresFieldsThatItDoesNotKnowAndTheSourceOfASubject() {
        DatasetRecord record =
                DatasetRecord.fromJson(json("{'image':'Subjects200K/1.jpg','entity_path':['e/1.jpg'],'idx':7,"
                        + "'multi_prompt':'a <ImageHere> outside','source_path':['s.jpg']}"));
        assertEquals(DatasetTask.SUBJECT, record.task());
        assertEquals(Optional.empty(), record.sourcePath());
        assertEquals(List.of("Subjects200K/1.jpg", "e/1.jpg"), record.imagePaths());
    }

    @Test
    void listsEachImageOnce() {
        assertEquals(List.of("target/add/1.png", "source/add/1.png", "reference/add/1.png"), ADD.imagePaths());
    }

    @Test
    void isTooWideAboveFourTimesItsHeight() {
        String json = "{'image':'Subjects200K/1.jpg','width':%d,'height':2,'multi_prompt':'a dog'}";
        assertFalse(DatasetRecord.fromJson(json(json.formatted(8))).isTooWide());
        assertTrue(DatasetRecord.fromJson(json(json.formatted(9))).isTooWide());
        assertTrue(DatasetRecord.fromJson(json(json.formatted(9).replace("'a dog'", "'a dog <imagehere>'")))
                .isTooWide());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../add/1.png", "/add/1.png", "add/../../1.png", "add//1.png", "C:/add/1.png", "add\\\\1.png"})
    void refusesAPathThatLeavesTheFolder(String path) {
        String message = error("{'image':'%s','multi_prompt':'x','source_path':['add/s.png']}".formatted(path));
        assertTrue(message.contains("below the folder of the dataset"), message);
    }

    @Test
    void saysWhatIsMissing() {
        assertEquals("An item has no 'image'.", error("{'multi_prompt':'x'}"));
        assertEquals("An item has no 'multi_prompt'.", error("{'image':'add/1.png'}"));
        assertEquals("'add/1.png' is an edit without source_path.", error("{'image':'add/1.png','multi_prompt':'x'}"));
        assertEquals(
                "'add/1.png' has 0 references in entity_path and 1 placeholders <imagehere> in multi_prompt, expected"
                        + " as many.",
                error("{'image':'add/1.png','multi_prompt':'x<imagehere>','source_path':['s.png']}"));
        assertEquals(
                "'add/1.png' has 5 references, expected at most 4.",
                error("{'image':'add/1.png','multi_prompt':'x','entity_path':['e','e','e','e','e'],"
                        + "'source_path':['s.png']}"));
        assertTrue(
                error("{'image':'other/1.png','multi_prompt':'x'}").contains("The task of 'other/1.png' is unknown"));
    }

    @ParameterizedTest
    @CsvSource({"SUBJECT, target/Subjects200K/7.png", "EDIT, target/instructpix2pix/7.png", "ADD, target/add/7.png"})
    void aPathTellsTheTask(DatasetTask task, String path) {
        assertEquals(path, task.path("target", "7.png"));
        assertEquals(task, DatasetTask.fromPath(path));
    }

    @Test
    void aFileNameMustNotTellAnotherTask() {
        assertThrows(UsageException.class, () -> DatasetTask.ADD.path("target", "replace-7.png"));
    }
}

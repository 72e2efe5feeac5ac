package dev.mige4j.eval.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.PublishedFolder;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigeBenchRecordTest {

    static final String RECORD = """
            {"image": "/any/machine/MIGEBench/add/add_target/5_target.jpg",
             "source_path": ["/any/machine/MIGEBench/add/add_source/5_source.jpg"],
             "entity_path": ["/any/machine/MIGEBench/add/add_entity/5_entity_black.jpg",
                             "/any/machine/MIGEBench/add/add_source/5_source.jpg"],
             "multi_prompt": "Add<imagehere>to<imagehere>", "target_caption": "a cup on a desk", "object": "cup",
             "idx": 5}""";

    @TempDir
    Path folder;

    @BeforeEach
    void writeEmptyFiles() throws IOException {
        write("add_bench.json", "[]");
        write("replace_bench.json", "[]");
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }

    private List<MigeBenchRecord> load() {
        return MigeBenchRecord.load(folder);
    }

    private String failure() {
        return assertThrows(UsageException.class, this::load).getMessage();
    }

    @Test
    void readsARecordWithoutTheFieldsThatAreNotNeeded() throws IOException {
        write("add_bench.json", "[" + RECORD + "]");
        MigeBenchRecord record = load().get(0);
        assertEquals("5", record.id());
        assertEquals("add/add_source/5_source.jpg", record.source().name());
        assertEquals("add/add_target/5_target.jpg", record.target().name());
        assertEquals("add/add_entity/5_entity_black.jpg", record.entity().name());
        assertEquals(List.of(record.entity(), record.source()), record.images());
        assertEquals(Optional.empty(), record.mask());
        assertEquals(Optional.empty(), record.plainInstruction());
    }

    @Test
    void ignoresUnknownFields() throws IOException {
        write(
                "add_bench.json",
                "[" + RECORD.replace("\"idx\"", "\"new\": {\"a\": [1]}, \"mask_path\": 3, \"idx\"") + "]");
        assertEquals(1, load().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"multi_prompt", "entity_path", "source_path", "image", "target_caption", "object", "idx"})
    void namesTheFieldThatARecordLacks(String field) throws IOException {
        write("add_bench.json", "[" + RECORD + "," + RECORD.replace('"' + field + '"', "\"other\"") + "]");
        assertTrue(failure().startsWith("add_bench.json: record 2"), failure());
        assertTrue(failure().contains("'" + field + "'"), failure());
    }

    @Test
    void allowsTheSameIdInBothFilesButNotTwiceInOne() throws IOException {
        write("add_bench.json", "[" + RECORD + "]");
        write("replace_bench.json", "[" + RECORD + "]");
        assertEquals(
                List.of("add 5", "replace 5"),
                load().stream().map(r -> r.operation().label() + " " + r.id()).toList());
        write("add_bench.json", "[" + RECORD + "," + RECORD + "]");
        assertEquals(
                "add_bench.json: record 2 has the same idx 5 as a record before; expected another one for each record.",
                failure());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../secret.png",
                "/root/x/../secret.png",
                "add/./x.jpg",
                "a//b.jpg",
                "add\\\\..\\\\x.jpg",
                ".."
            })
    void refusesPathsThatLeaveTheFolder(String path) throws IOException {
        write("add_bench.json", "[" + RECORD.replace("/any/machine/MIGEBench/add/add_target/5_target.jpg", path) + "]");
        assertTrue(failure().contains("is not one of a file in this folder"), failure());
    }

    @Test
    void refusesIdsThatWouldLeaveTheOutputFolder() throws IOException {
        write("add_bench.json", "[" + RECORD.replace("\"idx\": 5", "\"idx\": \"../5\"") + "]");
        assertEquals(
                "add_bench.json: record 1: 'idx' is \"../5\", expected a number, or a name of letters, digits, '_', '-'"
                        + " and '.'.",
                failure());
    }

    @Test
    void readsNothingThroughALinkThatLeavesTheFolder(@TempDir Path elsewhere) throws IOException {
        Path secret = elsewhere.resolve("secret.png"), link = folder.resolve("add/add_target/5_target.jpg");
        Image.filled(2, 2, 0xff0000).write(secret);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, secret);
        write("add_bench.json", "[" + RECORD + "]");
        ImageSource target = load().get(0).target();
        assertTrue(assertThrows(UsageException.class, target::read)
                .getMessage()
                .contains("is a link to a file outside of"));
        Files.delete(link);
        Files.copy(secret, link);
        assertEquals(Image.filled(2, 2, 0xff0000), target.read());
    }

    @Test
    void loadsAlthoughImagesAreMissingAndSaysSoWhenTheyAreRead() throws IOException {
        write("add_bench.json", "[" + RECORD + "]");
        ImageSource target = load().get(0).target();
        assertEquals(
                folder.resolve("add/add_target/5_target.jpg") + ": no such file",
                assertThrows(UsageException.class, target::read).getMessage());
    }

    @Test
    void saysWhichFolderWasExpected(@TempDir Path parent) throws IOException {
        assertEquals(
                parent + " has no add_bench.json; expected the folder of MIGEBench with add_bench.json,"
                        + " replace_bench.json.",
                assertThrows(UsageException.class, () -> MigeBenchRecord.load(parent))
                        .getMessage());
        Files.move(folder, parent.resolve("MIGEBench"));
        assertTrue(assertThrows(UsageException.class, () -> MigeBenchRecord.load(parent))
                .getMessage()
                .endsWith(", which " + parent.resolve("MIGEBench") + " has."));
        assertTrue(assertThrows(UsageException.class, () -> MigeBenchRecord.load(folder))
                .getMessage()
                .startsWith(folder + " does not exist; expected"));
        Files.move(parent.resolve("MIGEBench"), folder);
        assertFalse(Files.exists(parent.resolve("MIGEBench")));
    }

    @Test
    void refusesBrokenAmbiguousAndHugeJson() throws IOException {
        write("add_bench.json", "[{\"idx\":");
        assertTrue(failure().contains("add_bench.json is not JSON"), failure());
        write("add_bench.json", "{\"idx\": 1}");
        assertEquals("add_bench.json is not a JSON array of records.", failure());
        write("add_bench.json", "[7]");
        assertEquals("add_bench.json: record 1 is not a JSON object.", failure());
        write("add_bench.json", "[" + RECORD.replace("\"idx\"", "\"object\": \"mug\", \"idx\"") + "]");
        assertTrue(failure().contains("Duplicate field 'object'"), failure());
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("add_bench.json").toFile(), "rw")) {
            file.setLength(PublishedFolder.MAX_JSON_BYTES + 1L);
        }
        assertTrue(failure().contains("which has at most 16"), failure());
    }
}

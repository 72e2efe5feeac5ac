package dev.mige4j.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordListTest {

    @TempDir
    Path folder;

    private static DatasetRecord record(int number, int width) {
        return new DatasetRecord(
                "target/add/" + number + ".png",
                width,
                10,
                List.of(),
                "Ajoute une fenêtre 窓, number " + number,
                Optional.of("source/add/" + number + ".png"),
                Map.of());
    }

    private Path list(String content) throws IOException {
        return Files.writeString(folder.resolve("list.json"), content.replace('\'', '"'));
    }

    private String error(Path list) {
        return assertThrows(UsageException.class, () -> RecordList.open(folder, List.of(list)))
                .getMessage();
    }

    @Test
    void readsTheRecordsThatItWroteInAnyOrder() {
        List<DatasetRecord> records =
                IntStream.range(0, 3000).mapToObj(i -> record(i, 10)).toList();
        Path first = folder.resolve("first.json"), second = folder.resolve("second.json");
        assertEquals(2000, RecordList.write(first, records.subList(0, 2000).iterator()));
        assertEquals(1000, RecordList.write(second, records.subList(2000, 3000).iterator()));
        RecordList list = RecordList.open(folder, List.of(first, second));
        assertEquals(3000, list.size());
        for (int i : new int[] {2999, 0, 2000, 1999, 1024, 7})
            assertEquals(records.get(i), list.get(i).record());
    }

    @Test
    void theFingerprintChangesWithTheRecords() {
        Path file = folder.resolve("list.json");
        RecordList.write(file, List.of(record(1, 10)).iterator());
        String one = RecordList.open(folder, List.of(file)).fingerprint();
        assertEquals(one, RecordList.open(folder, List.of(file)).fingerprint());
        RecordList.write(file, List.of(record(2, 10)).iterator());
        assertNotEquals(one, RecordList.open(folder, List.of(file)).fingerprint());
    }

    @Test
    void writesOneRecordALineAndAnEmptyListWithoutRecords() throws IOException {
        Path file = folder.resolve("list.json");
        RecordList.write(file, Stream.of(record(1, 10), record(2, 10)).iterator());
        assertEquals(4, Files.readAllLines(file).size());
        RecordList.write(file, Stream.<DatasetRecord>of().iterator());
        assertEquals("[\n]\n", Files.readString(file));
        assertEquals("The item lists are empty.", error(file));
    }

    @Test
    void leavesOutRecordsThatAreTooWideAndReadsAListWithAByteOrderMarkAndSpaces() throws IOException {
        Path file = list("\uFEFF\n [ %s,\n\n   %s , %s]\n"
                .formatted(
                        record(1, 10).toJson(),
                        record(2, 41).toJson(),
                        record(3, 40).toJson()));
        RecordList records = RecordList.open(folder, List.of(file));
        assertEquals(2, records.size());
        assertEquals(record(3, 40), records.get(1).record());
    }

    @Test
    void readsImagesBelowItsRoot() {
        Image image = Image.filled(3, 2, 0x102030);
        image.write(folder.resolve("target/add/1.png"));
        RecordList.write(folder.resolve("list.json"), List.of(record(1, 3)).iterator());
        StoredRecord stored =
                RecordList.open(folder, List.of(folder.resolve("list.json"))).get(0);
        assertEquals(image, stored.image("target/add/1.png"));
        assertArrayEquals(image.toPng(), stored.files().apply("target/add/1.png"));
        var e = assertThrows(UsageException.class, () -> stored.image("source/add/1.png"));
        assertTrue(e.getMessage().endsWith("1.png: there is no such file."), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{'image':'a'}", "[{'image':'add/1.png'}]", "[{}", "[7]", "<html></html>", "", "[{'a':'\0'}]"})
    void saysInOneSentenceWhatIsWrongWithAList(String content) throws IOException {
        String message = error(list(content));
        assertTrue(message.contains("list.json"), message);
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void namesTheItemThatIsNotValid() throws IOException {
        String message = error(
                list("[%s,\n{'image':'add/2.png'}]".formatted(record(1, 10).toJson())));
        assertEquals(folder.resolve("list.json") + ", item 2: An item has no 'multi_prompt'.", message);
    }

    @Test
    void noticesAListThatChangedWhileItWasRead() throws IOException {
        Path file = folder.resolve("list.json");
        RecordList.write(file, List.of(record(1, 10)).iterator());
        RecordList list = RecordList.open(folder, List.of(file));
        Files.writeString(file, "[]");
        var e = assertThrows(UsageException.class, () -> list.get(0));
        assertTrue(e.getMessage().contains("do not change a list that is in use"), e.getMessage());
    }

    @Test
    void leavesNothingBehindWhenARecordFails() throws IOException {
        Stream<DatasetRecord> failing = Stream.of(1, 2).map(i -> record(10 / (2 - i), 10));
        assertThrows(
                ArithmeticException.class, () -> RecordList.write(folder.resolve("list.json"), failing.iterator()));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }
}

package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.dataset.RecordList;
import dev.mige4j.dataset.RecordReader;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataImportCommandTest {

    private static final Image RED = Image.filled(6, 4, 0xff0000), BLUE = Image.filled(6, 4, 0x0000ff);

    @TempDir
    Path folder;

    private Path dataset, out;
    private final StringWriter output = new StringWriter(), errors = new StringWriter();

    @BeforeEach
    void writeDataset() throws IOException {
        dataset = Files.createDirectories(folder.resolve("dataset"));
        out = folder.resolve("out");
        for (String subject : List.of("dog", "vase")) {
            Path images = Files.createDirectory(dataset.resolve(subject));
            RED.write(images.resolve("0.png"));
            if (subject.equals("dog")) BLUE.write(images.resolve("1.png"));
        }
    }

    private int run(String... options) {
        output.getBuffer().setLength(0);
        errors.getBuffer().setLength(0);
        String[] arguments = new String[6 + options.length];
        List<String> first = List.of("data", "import", "dreambooth", dataset.toString(), "-o", out.toString());
        for (int i = 0; i < arguments.length; i++) arguments[i] = i < 6 ? first.get(i) : options[i - 6];
        return Main.run(new PrintWriter(output, true), new PrintWriter(errors, true), arguments);
    }

    @Test
    void writesImagesAndAListAndSaysWhatIsLeftOut() {
        assertEquals(0, run(), errors.toString());
        assertEquals("""
                2 records of 3 items
                1 left out, such as:
                  vase/0.png is the only image of its subject, expected at least two.
                %s
                """.formatted(out.resolve("dreambooth.json")), output.toString());
        RecordReader records = RecordList.open(out, List.of(out.resolve("dreambooth.json")));
        assertEquals(2, records.size());
        StoredRecord first = records.get(0);
        assertEquals(RED, first.image(first.record().targetPath()));
        assertEquals(BLUE, first.image(first.record().referencePaths().get(0)));
    }

    @Test
    void keepsTheImagesOfAnEarlierRunAndWritesTheSameList() throws IOException {
        run("-q");
        Path image = out.resolve("target/Subjects200K/dreambooth-00000000.png"), list = out.resolve("dreambooth.json");
        String before = Files.readString(list);
        FileTime time = FileTime.fromMillis(1000);
        Files.setLastModifiedTime(image, time);
        assertEquals(0, run("-q"), errors.toString());
        assertEquals(time, Files.getLastModifiedTime(image));
        assertEquals(before, Files.readString(list));
        assertEquals("", output.toString());
    }

    @Test
    void writesShardsInsteadOfImages() {
        assertEquals(0, run("--shard-size", "1"), errors.toString());
        assertTrue(Files.exists(out.resolve("shards/dreambooth-00000.tar")));
        assertFalse(Files.exists(out.resolve("target")));
        assertTrue(output.toString().endsWith(out.resolve("shards/dreambooth-00000.tar") + "\n"), output.toString());
    }

    @Test
    void refusesADatasetWithoutAnythingToUse() throws IOException {
        Files.delete(dataset.resolve("dog/1.png"));
        assertEquals(2, run());
        assertTrue(errors.toString().contains("has no item that can be used: dog/0.png is the only image"));
    }

    @Test
    void holdsOutRecordsEvenlySpread() throws IOException {
        Path pairs = Files.createDirectory(folder.resolve("pairs"));
        for (int i = 0; i < 6; i++) {
            RED.write(pairs.resolve(i + "-source.png"));
            BLUE.write(pairs.resolve(i + "-target.png"));
        }
        Files.writeString(pairs.resolve("instruction.txt"), "make it blue");
        assertEquals(
                0,
                Main.run(
                        new PrintWriter(output, true),
                        new PrintWriter(errors, true),
                        "data",
                        "import",
                        "pairs",
                        pairs.toString(),
                        "--held-out",
                        "2",
                        "-o",
                        out.toString()),
                errors.toString());
        assertEquals(
                "6 records of 6 items, 2 of them held out\n%s\n%s\n"
                        .formatted(out.resolve("pairs.json"), out.resolve("pairs-held-out.json")),
                output.toString());
        assertEquals(
                List.of("pairs-00000000", "pairs-00000001", "pairs-00000003", "pairs-00000004"), names("pairs.json"));
        assertEquals(List.of("pairs-00000002", "pairs-00000005"), names("pairs-held-out.json"));
    }

    private List<String> names(String list) {
        RecordReader records = RecordList.open(out, List.of(out.resolve(list)));
        return IntStream.range(0, records.size())
                .mapToObj(i -> records.get(i).record().targetPath().replaceAll(".*/|\\.png", ""))
                .toList();
    }

    @Test
    void leavesRecordsToTrainOn() {
        assertEquals(2, run("--held-out", "3"));
        assertTrue(errors.toString().contains("--held-out is 3, but " + dataset + " has 3 items"), errors.toString());
        assertEquals(2, run("--held-out", "1", "--shard-size", "1"));
    }
}

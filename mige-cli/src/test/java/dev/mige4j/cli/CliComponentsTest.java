package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The parts that commands share. */
class CliComponentsTest {

    private static final Supplier<Optional<Image>> FAILING_PREVIEW = () -> {
        throw new AssertionError("previews are not used here");
    };

    private final StringWriter err = new StringWriter();
    private long nanoTime;

    private ProgressBar progressBar(ProgressBar.Style style) {
        return new ProgressBar(new PrintWriter(err), style, "", () -> nanoTime);
    }

    @Test
    void plainProgressPrintsOneLinePerQuarter() {
        ProgressBar progressBar = progressBar(ProgressBar.Style.PLAIN);
        for (int done = 0; done <= 8; done++, nanoTime += 1_500_000_000L)
            assertTrue(progressBar.onProgress(Stage.DENOISING, done, 8, FAILING_PREVIEW));
        assertEquals(
                "denoising 2/8, 9.0 s left|denoising 4/8, 6.0 s left|denoising 6/8, 3.0 s left|denoising 8/8",
                String.join("|", err.toString().lines().toList()));
    }

    @Test
    void terminalProgressRedrawsAndClearsItsLine() {
        ProgressBar progressBar = progressBar(ProgressBar.Style.TERMINAL);
        progressBar.onProgress(Stage.DENOISING, 0, 2, FAILING_PREVIEW);
        nanoTime += 60_000_000_000L;
        progressBar.onProgress(Stage.DENOISING, 1, 2, FAILING_PREVIEW);
        progressBar.clear();
        assertEquals(
                "\r\033[Kdenoising [........................] 0/2\r\033[Kdenoising [############............] 1/2,"
                        + " 60 s left\r\033[K",
                err.toString());
    }

    @Test
    void quietProgressPrintsNothing() {
        ProgressBar progressBar = progressBar(ProgressBar.Style.QUIET);
        progressBar.onProgress(Stage.DENOISING, 1, 2, FAILING_PREVIEW);
        progressBar.clear();
        assertEquals("", err.toString());
    }

    @Test
    void formatsDurations() {
        assertEquals("3.1 s", ProgressBar.formatDuration(3.14));
        assertEquals("10 s", ProgressBar.formatDuration(9.97));
        assertEquals("2 min 5 s", ProgressBar.formatDuration(125));
        assertEquals("2 h 3 min", ProgressBar.formatDuration(7385));
    }

    @Test
    void imageArgumentWithEqualsSignHasAName() {
        assertEquals(new ImageArgument(Optional.of("dog"), Path.of("a/b=c.png")), ImageArgument.parse("dog=a/b=c.png"));
        assertEquals(new ImageArgument(Optional.empty(), Path.of("a/b=c.png")), ImageArgument.parse("a/b=c.png"));
        assertEquals("dog=a.png", ImageArgument.parse("dog=a.png").toArgument());
    }

    @Test
    void replayCommandIsQuotedForTheShell() {
        ReplayCommand command = new ReplayCommand(List.of("edit", "my photo.jpg", "don't <image>", "--seed", "7"));
        assertEquals("mige edit 'my photo.jpg' 'don'\\''t <image>' --seed 7", command.toShell());
        assertEquals(command, ReplayCommand.fromJson(command.toJson()));
    }

    @Test
    void outputFilesOfSeveralImagesAreNumbered(@org.junit.jupiter.api.io.TempDir Path folder) {
        assertEquals(List.of(folder.resolve("a.png")), OutputFiles.imageFiles(folder.resolve("a.png"), 1));
        assertEquals(
                List.of(folder.resolve("a-1.png"), folder.resolve("a-2.png")),
                OutputFiles.imageFiles(folder.resolve("a.png"), 2));
    }

    @Test
    void modelLargerThanMemoryIsRejected() {
        MemoryCheck tooLarge = new MemoryCheck(14L << 30, 8L << 30);
        assertFalse(tooLarge.fits());
        assertEquals(
                "xl needs about 14.0 GiB of memory but only 8.0 GiB are free; close other programs, "
                        + "convert it with a smaller --dtype (mige convert --help), or use --model embedded",
                tooLarge.insufficientMemoryMessage("xl"));
        assertTrue(MemoryCheck.forWeights(60 << 20).fits());
        assertFalse(MemoryCheck.forWeights(60 << 20).isLarge());
    }

    @Test
    void readsAllReferenceRecordFormats() throws Exception {
        Path root = Path.of("/data");
        BatchRecord subject =
                record("{'entity_path':['a.png'],'multi_prompt':'a <imagehere>','source_path':[]}", false);
        assertEquals(
                "mige generate 'a <imagehere>' -i /data/a.png",
                subject.replayCommand(root).toShell());
        assertEquals("000003", subject.name());
        BatchRecord edit = record("{'image':'p.jpg','instruction':'make it night','task':'global','idx':12}", false);
        assertEquals(
                "mige edit /data/p.jpg 'make it night'",
                edit.replayCommand(root).toShell());
        assertEquals("12", edit.name());
        BatchRecord replace = record(
                "{'entity_path':['e.png','/path/to/bench/s.png'],'source_path':['/path/to/bench/s.png'],"
                        + "'multi_prompt':'add<imagehere>to<imagehere>'}",
                false);
        assertEquals(
                "mige compose 'add<imagehere>to<imagehere>' -i /data/e.png -i /data/bench/s.png --source 2",
                replace.replayCommand(root).toShell());
    }

    @Test
    void faithfulRecordsHaveThePlaceholdersOfTheReference() throws Exception {
        String global = "{'image':'p.jpg','instruction':'brighten.','task':'global'}";
        assertEquals("brighten of<imagehere>", record(global, true).instruction());
        assertEquals("brighten.", record(global, false).instruction());
        assertEquals(
                "brighten in<imagehere>",
                record(global.replace("global", "Global"), true).instruction());
        assertEquals(
                "brighten <imagehere> ",
                record(global.replace("brighten.", "brighten the image"), true).instruction());
        assertEquals(
                " in<imagehere>",
                record("{'image':'p.jpg','instruction':'','idx':4}", true).instruction());
    }

    private static BatchRecord record(String json, boolean faithful) throws Exception {
        return BatchRecord.fromJson(new ObjectMapper().readTree(json.replace('\'', '"')), 3, faithful);
    }
}

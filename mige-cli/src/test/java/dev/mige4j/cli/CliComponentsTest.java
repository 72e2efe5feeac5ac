package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GenerationProgress;
import dev.mige4j.pipeline.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
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

    private ProgressLine progressLine(ProgressLine.Style style) {
        return new ProgressLine(new PrintWriter(err), style, () -> nanoTime);
    }

    private static GenerationProgress denoised(int done, int total, Optional<Duration> remaining) {
        return new GenerationProgress(Stage.DENOISING, done, total, (double) done / total, remaining, FAILING_PREVIEW);
    }

    @Test
    void plainProgressPrintsALineAfterTwoSecondsAndThenEveryFifteen() {
        ProgressBar progressBar = new ProgressBar(progressLine(ProgressLine.Style.PLAIN), "turn 1 of 2");
        for (int second = 0; second <= 40; second++, nanoTime += 1_000_000_000L)
            assertTrue(progressBar.onProgress(denoised(second, 40, Optional.of(Duration.ofSeconds(40 - second)))));
        progressBar.clear();
        assertEquals(
                List.of(
                        "turn 1 of 2: denoising 2/40, 5 %, about 40 s left",
                        "turn 1 of 2: denoising 17/40, 43 %, about 25 s left",
                        "turn 1 of 2: denoising 32/40, 80 %, 8 s left"),
                err.toString().lines().toList());
    }

    @Test
    void terminalProgressRedrawsAndClearsItsLine() {
        ProgressBar progressBar = new ProgressBar(progressLine(ProgressLine.Style.TERMINAL), "");
        progressBar.onProgress(denoised(0, 2, Optional.empty()));
        progressBar.onProgress(denoised(0, 2, Optional.empty())); // too soon to redraw
        nanoTime += 60_000_000_000L;
        progressBar.onProgress(denoised(1, 2, Optional.of(Duration.ofSeconds(170))));
        progressBar.clear();
        assertEquals(
                "\r\033[Kdenoising 0/2, [........................] 0 %"
                        + "\r\033[Kdenoising 1/2, [############............] 50 %, about 3 min left\r\033[K",
                err.toString());
    }

    @Test
    void quietProgressPrintsNothing() {
        ProgressBar progressBar = new ProgressBar(progressLine(ProgressLine.Style.QUIET), "");
        progressBar.onProgress(denoised(1, 2, Optional.empty()));
        progressBar.clear();
        assertEquals("", err.toString());
    }

    @Test
    void timeLeftIsNoMorePreciseThanTheEstimate() {
        assertEquals("", RemainingTime.format(Duration.ZERO));
        assertEquals(", 1 s left", RemainingTime.format(Duration.ofMillis(200)));
        assertEquals(", about 35 s left", RemainingTime.format(Duration.ofSeconds(33)));
        assertEquals(", about 2 min left", RemainingTime.format(Duration.ofSeconds(112)));
        assertEquals(", about 2 h 10 min left", RemainingTime.format(Duration.ofMinutes(137)));
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

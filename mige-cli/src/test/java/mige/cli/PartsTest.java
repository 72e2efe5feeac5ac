package mige.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import mige.image.Picture;
import mige.pipeline.Stage;
import org.junit.jupiter.api.Test;

/** The small parts that commands are made of. */
class PartsTest {

    private static final Supplier<Optional<Picture>> UNSEEN = () -> {
        throw new AssertionError("nobody looks at previews here");
    };

    private final StringWriter err = new StringWriter();
    private long now;

    private ProgressLine line(ProgressLine.Style style) {
        return new ProgressLine(new PrintWriter(err), style, "", () -> now);
    }

    @Test void pipedProgressIsALineAQuarter() {
        ProgressLine line = line(ProgressLine.Style.PLAIN);
        for (int done = 0; done <= 8; done++, now += 1_500_000_000L) assertTrue(line.step(Stage.DENOISING, done, 8, UNSEEN));
        assertEquals("denoising 2/8, 9.0 s left|denoising 4/8, 6.0 s left|denoising 6/8, 3.0 s left|denoising 8/8",
                String.join("|", err.toString().lines().toList()));
    }

    @Test void terminalProgressRewritesItsLineAndTakesItAway() {
        ProgressLine line = line(ProgressLine.Style.TERMINAL);
        line.step(Stage.DENOISING, 0, 2, UNSEEN);
        now += 60_000_000_000L;
        line.step(Stage.DENOISING, 1, 2, UNSEEN);
        line.end();
        assertEquals("\r\033[Kdenoising [........................] 0/2\r\033[Kdenoising [############............] 1/2, 60 s left\r\033[K", err.toString());
    }

    @Test void quietProgressSaysNothing() {
        ProgressLine line = line(ProgressLine.Style.QUIET);
        line.step(Stage.DENOISING, 1, 2, UNSEEN);
        line.end();
        assertEquals("", err.toString());
    }

    @Test void durationsReadAsPeopleSayThem() {
        assertEquals("3.1 s", ProgressLine.duration(3.14));
        assertEquals("10 s", ProgressLine.duration(9.97));
        assertEquals("2 min 5 s", ProgressLine.duration(125));
        assertEquals("2 h 3 min", ProgressLine.duration(7385));
    }

    @Test void anEqualSignNamesAPicture() {
        assertEquals(new NamedFile(Optional.of("dog"), Path.of("a/b=c.png")), NamedFile.of("dog=a/b=c.png"));
        assertEquals(new NamedFile(Optional.empty(), Path.of("a/b=c.png")), NamedFile.of("a/b=c.png"));
        assertEquals("dog=a.png", NamedFile.of("dog=a.png").word());
    }

    @Test void wordsSurviveTheShell() {
        CommandWords words = new CommandWords(List.of("edit", "my photo.jpg", "don't <image>", "--seed", "7"));
        assertEquals("mige edit 'my photo.jpg' 'don'\\''t <image>' --seed 7", words.shell());
        assertEquals(words, CommandWords.fromJson(words.json()));
    }

    @Test void severalPicturesAreNumbered(@org.junit.jupiter.api.io.TempDir Path folder) {
        assertEquals(List.of(folder.resolve("a.png")), Output.files(folder.resolve("a.png"), 1));
        assertEquals(List.of(folder.resolve("a-1.png"), folder.resolve("a-2.png")), Output.files(folder.resolve("a.png"), 2));
    }

    @Test void aModelThatCannotFitIsRefusedWithTheFigure() {
        Memory xl = new Memory(14L << 30, 8L << 30);
        assertFalse(xl.fits());
        assertEquals("xl needs about 14.0 GiB of memory but only 8.0 GiB are free; close other programs, "
                + "convert it to a smaller type (mige convert --help), or use --model embedded", xl.refusal("xl"));
        assertTrue(Memory.of(60 << 20).fits());
        assertFalse(Memory.of(60 << 20).isBig());
    }

    @Test void recordsOfTheReferenceAreReadInEachOfTheirForms() throws Exception {
        ObjectMapper json = new ObjectMapper();
        Path root = Path.of("/data");
        BatchRecord subject = BatchRecord.of(json.readTree("{'entity_path':['a.png'],'multi_prompt':'a <imagehere>','source_path':[]}".replace('\'', '"')), 3);
        assertEquals("mige create 'a <imagehere>' -i /data/a.png", subject.command(root).shell());
        assertEquals("000003", subject.name());
        BatchRecord edit = BatchRecord.of(json.readTree("{'image':'p.jpg','instruction':'make it night','task':'global','idx':12}".replace('\'', '"')), 1);
        assertEquals("mige edit /data/p.jpg 'make it night'", edit.command(root).shell());
        assertEquals("12", edit.name());
        BatchRecord replace = BatchRecord.of(json.readTree(
                "{'entity_path':['e.png','s.png'],'source_path':['s.png'],'multi_prompt':'add<imagehere>to<imagehere>'}".replace('\'', '"')), 1);
        assertEquals("mige compose 'add<imagehere>to<imagehere>' -i /data/e.png -i /data/s.png --canvas 2", replace.command(root).shell());
    }
}

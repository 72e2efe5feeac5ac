package dev.mige4j.train.teach;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.pipeline.ModelFingerprint;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.text.TrainingWords;
import dev.mige4j.weights.RandomCheckpoint;
import dev.mige4j.weights.lora.LoraFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TeachingTest {

    private static final Corpus CORPUS = ShapeCorpus.of(32).withMix(TaskMix.STRICT);

    @TempDir
    static Path folder;

    @BeforeAll
    static void writeModelAndImages() throws Exception {
        Path base = Files.createDirectories(folder.resolve("base"));
        RandomCheckpoint.write(
                base,
                ModelNetworks.requiredTensors(ModelConfig.TINY),
                TokenizerBuilder.build(List.of("a dog and a cat on a beach, remove the car and add a book"), 120),
                1,
                (name, done, total) -> true);
        AtomicFile.write(
                base.resolve(ModelDomain.FILE_NAME), new ModelDomain(true, TrainingWords.of(List.of("a"))).toJson());
        Path images = Files.createDirectories(folder.resolve("images"));
        int[] grounds = {0xffffff, 0x808080, 0x000000};
        for (int i = 0; i < grounds.length; i++)
            Image.filled(40, 40, grounds[i])
                    .paste(Image.filled(16, 12, 0xff00ff), 10 + i, 12)
                    .write(images.resolve("square" + i + ".png"));
    }

    private static TeachingConfig config(long steps) {
        return TeachingConfig.of("zorp", false).withMinutes(0.5).withSteps(steps);
    }

    private static Teaching.Paths paths(String name) {
        return new Teaching.Paths(
                folder.resolve("images"),
                folder.resolve("base"),
                folder.resolve("no-corpus"),
                folder.resolve(name + ".safetensors"),
                folder.resolve(name + ".teaching"));
    }

    @Test
    void writesALoraWithTheNameAndPreviews() {
        List<Long> previews = new ArrayList<>();
        List<String> items = new ArrayList<>();
        TeachingListener listener = new TeachingListener() {
            @Override
            public boolean onProgress(String item, long done, long total) {
                if (!items.contains(item)) items.add(item);
                return true;
            }

            @Override
            public void onPreview(long step, Image grid) {
                previews.add(step);
                assertEquals(3 * 32, grid.width());
            }
        };
        TeachingResult result = Teaching.run(paths("written"), config(3), listener, CORPUS);
        assertEquals(3, result.steps());
        assertEquals(List.of(3, 3), List.of(result.images(), result.cutOuts()));
        LoraFile lora = LoraFile.read(result.file());
        assertEquals("zorp", lora.metadata().trigger());
        assertEquals("written", lora.name());
        assertEquals(
                ModelFingerprint.of(folder.resolve("base")), lora.metadata().baseModel());
        assertEquals(16, lora.metadata().config().rank());
        assertEquals(List.of("features", "steps"), items);
        assertEquals(List.of(3L), previews);
        assertFalse(Files.exists(folder.resolve("written.teaching/features")));
        var e = assertThrows(
                UsageException.class, () -> Teaching.run(paths("written"), config(3), TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains("exists already"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"images\": \"0\", \"model\": \"1\"}", "{\"images\":", "[]"})
    void refusesADamagedState(String json, @TempDir Path run) throws Exception {
        Files.writeString(run.resolve(TeachingState.FILE_NAME), json);
        Teaching.Paths damaged = new Teaching.Paths(
                folder.resolve("images"), folder.resolve("base"), folder, folder.resolve("damaged.safetensors"), run);
        var e = assertThrows(
                UsageException.class, () -> Teaching.run(damaged, config(1), TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains(TeachingState.FILE_NAME), e.getMessage());
    }

    @Test
    void masksMayBeAddedWhereNoSubjectWasFound(@TempDir Path noise) {
        byte[] rgb = new byte[3 * 40 * 40];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (i * 7919 % 251);
        for (String name : List.of("a", "b", "c")) Image.of(40, 40, rgb).write(noise.resolve(name + ".png"));
        Teaching.Paths paths = new Teaching.Paths(
                noise, folder.resolve("base"), folder, folder.resolve("noise.safetensors"), folder.resolve("noise"));
        var e = assertThrows(UsageException.class, () -> Teaching.run(paths, config(1), TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains("no subject could be cut out"), e.getMessage());
        Image.filled(40, 40, 0).paste(Image.filled(10, 20, 0xffffff), 5, 6).write(noise.resolve("a-mask.png"));
        assertEquals(
                1, Teaching.run(paths, config(1), TeachingListener.NONE, CORPUS).cutOuts());
    }

    @Test
    void refusesASecondTeachingInTheSameFolder() throws Exception {
        Path run = Files.createDirectories(paths("twice").run());
        try (FolderLock lock = FolderLock.acquire(run, "teaching")) {
            var e = assertThrows(
                    UsageException.class, () -> Teaching.run(paths("twice"), config(1), TeachingListener.NONE, CORPUS));
            assertTrue(e.getMessage().contains("another teaching into this folder is running"), e.getMessage());
            assertFalse(Files.exists(run.resolve(TeachingState.FILE_NAME)));
        }
        assertEquals(
                1,
                Teaching.run(paths("twice"), config(1), TeachingListener.NONE, CORPUS)
                        .steps());
    }

    @Test
    void leavesAFileThatAppearsMeanwhile() throws Exception {
        Path output = paths("taken").output();
        TeachingListener listener = (item, done, total) -> {
            if (item.equals("steps") && !Files.exists(output)) AtomicFile.write(output, "the user's");
            return true;
        };
        var e = assertThrows(UsageException.class, () -> Teaching.run(paths("taken"), config(2), listener, CORPUS));
        assertTrue(e.getMessage().contains("exists already"), e.getMessage());
        assertEquals("the user's", Files.readString(output));
        Files.delete(output);
        assertEquals(
                2,
                Teaching.run(paths("taken"), config(2), TeachingListener.NONE, CORPUS)
                        .steps());
    }

    /** With the same features, whose convolutions may differ in the last bit from one run to the next. */
    @Test
    void goesOnBitForBitWhereItWasStopped() throws Exception {
        stopAt(1, "whole");
        copy(folder.resolve("whole.teaching"), folder.resolve("stopped.teaching"));
        Teaching.run(paths("whole"), config(14), TeachingListener.NONE, CORPUS);
        stopAt(12, "stopped");
        assertFalse(Files.exists(folder.resolve("stopped.safetensors")));
        var e = assertThrows(
                UsageException.class,
                () -> Teaching.run(paths("stopped"), config(14).withName("glorp"), TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains("began with other settings"), e.getMessage());
        Teaching.run(paths("stopped"), config(14), TeachingListener.NONE, CORPUS);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("whole.teaching/lora.safetensors")),
                Files.readAllBytes(folder.resolve("stopped.teaching/lora.safetensors")));
    }

    /** Another command is refused only where there is something to go on with. */
    @Test
    void takesOtherSettingsAfterACommandThatWasRefused() {
        TeachingConfig wrong = new TeachingConfig("zorp", false, 1, 2, 16, 16, List.of("no.such.layer"), 1e-3, 0.5, 0);
        var e = assertThrows(
                UsageException.class, () -> Teaching.run(paths("refused"), wrong, TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains("no.such.layer"), e.getMessage());
        assertEquals(
                2,
                Teaching.run(paths("refused"), config(2), TeachingListener.NONE, CORPUS)
                        .steps());
    }

    @Test
    void goesOnWithMoreSteps() {
        stopAt(12, "longer");
        assertEquals(
                60,
                Teaching.run(paths("longer"), config(60), TeachingListener.NONE, CORPUS)
                        .steps());
    }

    private static void stopAt(long step, String name) {
        TeachingListener stopping = (item, done, total) -> !item.equals("steps") || done < step;
        assertThrows(CancelledException.class, () -> Teaching.run(paths(name), config(14), stopping, CORPUS));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList())
                Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
    }

    @Test
    void endsWhenItsMinutesAreOver() {
        List<Long> totals = new ArrayList<>();
        TeachingListener listener = (item, done, total) -> totals.add(total);
        TeachingResult result = Teaching.run(paths("timed"), config(0).withMinutes(0.02), listener, CORPUS);
        assertTrue(result.steps() >= 1);
        assertTrue(
                result.notices()
                        .contains(result.steps()
                                + " steps are few; give more minutes if the subject or style is not recognised."),
                result.notices().toString());
        assertTrue(totals.stream().allMatch(total -> total == 1), totals.toString());
    }

    @Test
    void teachesAStyle() {
        TeachingResult result = Teaching.run(
                paths("style"), TeachingConfig.of("inky", true).withSteps(2), TeachingListener.NONE, CORPUS);
        assertEquals("inky", LoraFile.read(result.file()).metadata().trigger());
    }

    @Test
    void refusesTooFewImages(@TempDir Path few) {
        Image.filled(8, 8, 0).write(few.resolve("a.png"));
        Teaching.Paths paths = new Teaching.Paths(
                few, folder.resolve("base"), folder, folder.resolve("few.safetensors"), folder.resolve("few"));
        var e = assertThrows(UsageException.class, () -> Teaching.run(paths, config(1), TeachingListener.NONE, CORPUS));
        assertTrue(e.getMessage().contains("has 1 images, expected 3 to 20"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("few")));
    }

    /** Devanagari, Thai, and an accent as macOS writes it in file names. */
    @ParameterizedTest
    @ValueSource(strings = {"\u091a\u093e\u092f", "\u0e16\u0e49\u0e27\u0e22", "cafe\u0301", "my caf\u00e9-2"})
    void takesNamesOfAnyScript(String name) {
        assertEquals(name, TeachingConfig.of(name, false).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " mug", "<image>", "a\nb", "my--mug", "../x"})
    void refusesNamesThatInstructionsCannotHold(String name) {
        var e = assertThrows(UsageException.class, () -> TeachingConfig.of(name, false));
        assertTrue(e.getMessage().contains("characters that instructions cannot use"), e.getMessage());
    }
}

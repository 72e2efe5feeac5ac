package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments, listeners, cancellation and closing. */
class MigeLifecycleTest {

    static final Mige MIGE = Mige.random(1);
    static final Task TASK = new SubjectGeneration(Instruction.of("a dog"));
    static final Settings SETTINGS = Settings.DEFAULT.withSteps(3);
    static final Image IMAGE = Image.filled(40, 40, 0x808080);

    @AfterAll
    static void close() {
        MIGE.close();
    }

    static Stream<Arguments> callsWithNull() {
        return Stream.of(
                call("folder", () -> Mige.open(null)),
                call("task", () -> MIGE.generate(null, SETTINGS)),
                call("settings", () -> MIGE.generate(TASK, null)),
                call("listener", () -> MIGE.generate(TASK, SETTINGS, (GenerationListener) null)),
                call("listener", () -> MIGE.generate(TASK, SETTINGS, (ProgressListener) null)),
                call("consumer", () -> MIGE.generate(TASK, SETTINGS, GenerationListener.NONE, null)),
                call("image", () -> MIGE.reconstruct(null)),
                call("settings", () -> MIGE.resolve(null, TASK)),
                call("task", () -> MIGE.resolve(SETTINGS, null)),
                call("region", () -> Settings.DEFAULT.withRegion(null)),
                call("mask", () -> Region.mask(null)),
                call("text", () -> Instruction.of(null)),
                call("image", () -> Instruction.of("a <image>", (Image) null)),
                call("instruction", () -> new SubjectGeneration(null)),
                call("source", () -> InstructionEdit.of("make it dark", null)),
                call("file", () -> Image.read(null)),
                call("file", () -> MIGE.generate(TASK, SETTINGS).get(0).save(null)));
    }

    private static Arguments call(String argument, Executable call) {
        return Arguments.of(argument, call);
    }

    @ParameterizedTest
    @MethodSource("callsWithNull")
    void nullArgumentsAreNamed(String argument, Executable call) {
        assertEquals(
                argument + " must not be null.",
                assertThrows(UsageException.class, call).getMessage());
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertEquals(
                "The number of steps is 1, expected 2 to 1000.",
                assertThrows(UsageException.class, () -> Settings.DEFAULT.withSteps(1))
                        .getMessage());
        assertEquals(
                "guidance is NaN, expected 0 to 100.",
                assertThrows(UsageException.class, () -> Settings.DEFAULT.withGuidance(Double.NaN))
                        .getMessage());
        assertEquals(
                "The number of images is 65, expected 1 to 64.",
                assertThrows(UsageException.class, () -> Settings.DEFAULT.withCount(65))
                        .getMessage());
    }

    @Test
    void darkMaskIsRefusedBeforeTheImageIsGenerated() {
        assertEquals(
                "The mask is dark everywhere, so no pixel may change. Paint the part to edit white, or"
                        + " make it transparent.",
                assertThrows(UsageException.class, () -> Region.mask(Image.filled(8, 8, 0x101010)))
                        .getMessage());
    }

    @Test
    void missingModelFolderIsReported() {
        Path missing = Path.of("no", "such", "model");
        String message =
                assertThrows(UsageException.class, () -> Mige.open(missing)).getMessage();
        assertEquals(
                missing.resolve("config.json")
                        + " is missing; a model folder holds config.json, *.safetensors and spiece.model.",
                message);
    }

    @Test
    void plainProgressListenerReceivesStagesAsItems() {
        List<String> events = new ArrayList<>();
        MIGE.generate(TASK, SETTINGS, (item, done, total) -> events.add(item + " " + done + "/" + total));
        assertEquals(
                List.of(
                        "encoding 0/1",
                        "encoding 1/1",
                        "denoising 0/3",
                        "denoising 1/3",
                        "denoising 2/3",
                        "denoising 3/3",
                        "decoding 0/1",
                        "decoding 1/1"),
                events.stream().distinct().toList());
    }

    @Test
    void loadingReportsEachTensorAndCanBeCancelled() {
        List<String> events = new ArrayList<>();
        Mige.open(EmbeddedModel.folder(), (item, done, total) -> events.add(item + " " + done + " of " + total))
                .close();
        int total = events.size();
        assertEquals("loading 1 of " + total, events.get(0));
        assertEquals("loading " + total + " of " + total, events.get(total - 1));
        var e = assertThrows(
                CancelledException.class, () -> Mige.open(EmbeddedModel.folder(), (item, done, tensors) -> done < 3));
        assertEquals("cancelled while loading, after 3 of " + total + " tensors", e.getMessage());
    }

    @Test
    void plainProgressListenerCancels() {
        var e = assertThrows(
                CancelledException.class,
                () -> MIGE.generate(TASK, SETTINGS, (item, done, total) -> !item.equals("denoising") || done < 2));
        assertEquals("cancelled while denoising, after 2 of 3", e.getMessage());
    }

    @Test
    void eachImageIsHandedOverBeforeTheNextIsStarted() {
        List<String> events = new ArrayList<>();
        List<GeneratedImage> received = new ArrayList<>();
        MIGE.generate(
                TASK,
                SETTINGS.withCount(2),
                progress -> {
                    events.add(progress.stage().label());
                    return true;
                },
                image -> {
                    events.add("image " + image.index());
                    received.add(image);
                });
        assertEquals(MIGE.generate(TASK, SETTINGS.withCount(2)), received);
        assertEquals("decoding", events.get(events.indexOf("image 0") + 1));
        assertEquals(
                2,
                events.subList(events.indexOf("image 0"), events.size()).stream()
                        .filter(event -> event.startsWith("image"))
                        .count());
        assertTrue(events.subList(events.indexOf("image 0"), events.indexOf("image 1"))
                .contains("denoising"));
    }

    @Test
    void imagesFinishedBeforeACancellationHaveBeenHandedOver() {
        List<GeneratedImage> received = new ArrayList<>();
        var e = assertThrows(
                CancelledException.class,
                () -> MIGE.generate(TASK, SETTINGS.withCount(3), progress -> received.size() < 2, received::add));
        assertEquals("cancelled while decoding, after 2 of 3", e.getMessage());
        assertEquals(MIGE.generate(TASK, SETTINGS.withCount(2)), received);
    }

    @Test
    void whatTheConsumerThrowsEndsTheRequest() {
        var diskFull = new UsageException("out.png: cannot be written (disk full).");
        assertSame(
                diskFull,
                assertThrows(
                        UsageException.class,
                        () -> MIGE.generate(TASK, SETTINGS.withCount(2), GenerationListener.NONE, image -> {
                            assertEquals(0, image.index());
                            throw diskFull;
                        })));
    }

    @Test
    void interruptCancelsAtTheNextStepAndKeepsTheFlag() {
        var e = assertThrows(
                CancelledException.class,
                () -> MIGE.generate(TASK, SETTINGS, progress -> {
                    if (progress.stage() == Stage.DENOISING && progress.done() == 1)
                        Thread.currentThread().interrupt();
                    return true;
                }));
        assertTrue(Thread.interrupted(), "the flag is set for the callers");
        assertEquals("interrupted while denoising, after 1 of 3", e.getMessage());
    }

    @Test
    void closedMigeThrowsUsageException() {
        Mige closed = Mige.random(1);
        closed.close();
        closed.close();
        for (Executable call :
                List.<Executable>of(() -> closed.generate(TASK, SETTINGS), () -> closed.reconstruct(IMAGE)))
            assertEquals(
                    "This Mige is closed.",
                    assertThrows(UsageException.class, call).getMessage());
        assertEquals("tiny", closed.name());
    }

    @Test
    void closingFromTheListenerEndsTheRequest() {
        Mige mige = Mige.random(1);
        var e = assertThrows(
                UsageException.class,
                () -> mige.generate(TASK, SETTINGS, progress -> {
                    if (progress.stage() == Stage.DENOISING) mige.close();
                    return true;
                }));
        assertEquals("This Mige is closed.", e.getMessage());
    }

    /** With the embedded model, whose weights are native memory that must not be freed during use. */
    @Test
    void closingFromAnotherThreadEndsRunningRequestsSafely() throws Exception {
        Mige mige = Mige.embedded();
        CountDownLatch started = new CountDownLatch(2), closed = new CountDownLatch(1);
        List<AtomicReference<Throwable>> outcomes = List.of(new AtomicReference<>(), new AtomicReference<>());
        List<Thread> threads = new ArrayList<>();
        for (AtomicReference<Throwable> outcome : outcomes) {
            Thread thread = new Thread(() -> {
                try {
                    mige.generate(TASK, Settings.DEFAULT, progress -> {
                        if (progress.stage() == Stage.DENOISING && progress.done() == progress.total() - 1) {
                            started.countDown();
                            await(closed);
                            assertTrue(
                                    progress.preview().get().isPresent(),
                                    "the weights can be used until the request ends");
                        }
                        return true;
                    });
                } catch (RuntimeException e) {
                    outcome.set(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        assertTrue(started.await(60, TimeUnit.SECONDS));
        mige.close();
        closed.countDown();
        for (Thread thread : threads) thread.join(60_000);
        for (AtomicReference<Throwable> outcome : outcomes)
            assertEquals(
                    "This Mige is closed.",
                    assertInstanceOf(UsageException.class, outcome.get()).getMessage());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.pipeline.RequestWork.Network;
import dev.mige4j.pipeline.RequestWork.Part;
import dev.mige4j.pipeline.RequestWork.Unit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** With a clock of the test and operations that the test counts. */
class RequestProgressTest {

    /** 10 operations to encode the source and the image, 10 for the text, 40 for each of two steps, 20 to decode. */
    static final RequestWork WORK = new RequestWork(List.of(
            Unit.of(Stage.ENCODING, Network.AUTOENCODER, 10),
            new Unit(Stage.ENCODING, List.of(new Part(Network.VISION_ENCODER, 10), new Part(Network.TEXT_ENCODER, 10))),
            Unit.of(Stage.DENOISING, Network.DENOISER, 40),
            Unit.of(Stage.DENOISING, Network.DENOISER, 40),
            Unit.of(Stage.DECODING, Network.AUTOENCODER, 20)));

    final List<GenerationProgress> reports = new ArrayList<>();
    final Throughput throughput = new Throughput();
    long nanoTime;
    boolean goOn = true;
    final RequestProgress progress = new RequestProgress(
            report -> {
                reports.add(report);
                return goOn;
            },
            () -> {},
            WORK,
            throughput,
            () -> nanoTime);

    void compute(long flops, double seconds) {
        nanoTime += Math.round(seconds * 1e9);
        progress.computed(flops);
    }

    GenerationProgress latest() {
        return reports.get(reports.size() - 1);
    }

    /** The first operation of a network is not measured. */
    void startNetworks() {
        for (Network network : Network.values()) throughput.add(network, 1, 1000);
        progress.start();
    }

    @Test
    void thereIsNoEstimateBeforeAnythingIsMeasured() {
        progress.start();
        assertEquals(Optional.empty(), latest().remaining());
        assertEquals(0, latest().fraction());
        compute(1, 100);
        assertEquals(Optional.empty(), latest().remaining(), "the first operation waits for the disk");
    }

    @Test
    void oneEstimateCoversAllStages() {
        startNetworks();
        compute(5, 5);
        assertEquals("ENCODING 0/2", latest().stage() + " " + latest().done() + "/" + latest().total());
        assertEquals(Optional.of(Duration.ofSeconds(125)), latest().remaining());
        compute(5, 5);
        progress.unitFinished();
        assertEquals(Optional.of(Duration.ofSeconds(120)), latest().remaining());
        assertEquals(10 / 130.0, latest().fraction(), 1e-9);
    }

    @Test
    void theTimeOfTheCallersCodeDoesNotSlowTheEstimate() {
        startNetworks();
        compute(5, 5);
        progress.uncounted(() -> compute(1000, 1000));
        compute(5, 5);
        progress.unitFinished();
        assertEquals(Optional.of(Duration.ofSeconds(120)), latest().remaining());
    }

    @Test
    void aSlowTextEncoderDoesNotSlowTheOthersInTheEstimate() {
        startNetworks();
        compute(10, 10);
        progress.unitFinished();
        compute(10, 10);
        compute(1, 100); // reads its weights from the disk
        assertEquals(9 * 100 + 80 + 20, latest().remaining().orElseThrow().toSeconds(), 1);
    }

    @Test
    void longUnitsAreReportedSeveralTimes() {
        progress.start();
        for (int i = 0; i < 10; i++) compute(1, 0.1);
        assertEquals(6, reports.size());
        assertTrue(reports.stream().allMatch(report -> report.done() == 0));
    }

    @Test
    void aUnitWithMoreOperationsThanExpectedIsDoneWhenItSaysSo() {
        progress.start();
        compute(10, 1);
        compute(10, 1);
        assertEquals(10 / 130.0, latest().fraction(), 1e-9);
        progress.unitFinished();
        assertEquals(10 / 130.0, latest().fraction(), 1e-9);
    }

    @Test
    void cancellationEndsAUnitInItsMiddle() {
        progress.start();
        goOn = false;
        var e = assertThrows(CancelledException.class, () -> compute(1, 0.3));
        assertEquals("cancelled while encoding, after 0 of 2", e.getMessage());
    }

    @Test
    void interruptEndsAUnitBetweenReports() {
        progress.start();
        Thread.currentThread().interrupt();
        var e = assertThrows(CancelledException.class, () -> compute(1, 0.001));
        assertTrue(Thread.interrupted(), "the flag is set for the callers");
        assertEquals("interrupted while encoding, after 0 of 2", e.getMessage());
    }

    @Test
    void theNextRequestHasAnEstimateFromItsStart() {
        startNetworks();
        compute(10, 10);
        RequestProgress next = new RequestProgress(
                report -> {
                    reports.add(report);
                    return true;
                },
                () -> {},
                WORK,
                throughput,
                () -> nanoTime);
        next.start();
        assertEquals(Optional.of(Duration.ofSeconds(130)), latest().remaining());
    }
}

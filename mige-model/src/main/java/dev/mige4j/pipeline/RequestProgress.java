package dev.mige4j.pipeline;

import dev.mige4j.common.CancelledException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.RequestWork.Network;
import dev.mige4j.pipeline.RequestWork.Part;
import dev.mige4j.pipeline.RequestWork.Unit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Reports the progress of a request, and ends it by an exception after the listener returned false, an interrupt, or
 * {@link Mige#close}. It sees every matrix product, convolution and attention, so a request ends within one of them,
 * and compares their operations with the expected {@link RequestWork}.
 */
final class RequestProgress {

    private static final long REPORT_INTERVAL_NANOS = 200_000_000;

    private final GenerationListener listener;
    private final Runnable checkOpen;
    private final RequestWork work;
    private final Throughput throughput;
    private final LongSupplier nanoTime;
    private final double totalFlops;
    private final Map<Network, Double> unfinishedFlops; // of the units that are not finished
    private final Map<Stage, Integer> finishedByStage = new EnumMap<>(Stage.class);
    private int finishedUnits;
    private double flopsInUnit; // done of the current unit
    private boolean inCallback;
    private long lastOperationNanos, lastReportNanos;

    /** @param checkOpen throws when the {@link Mige} is closed */
    RequestProgress(GenerationListener listener, Runnable checkOpen, RequestWork work, Throughput throughput) {
        this(listener, checkOpen, work, throughput, System::nanoTime);
    }

    RequestProgress(
            GenerationListener listener,
            Runnable checkOpen,
            RequestWork work,
            Throughput throughput,
            LongSupplier nanoTime) {
        this.listener = listener;
        this.checkOpen = checkOpen;
        this.work = work;
        this.throughput = throughput;
        this.nanoTime = nanoTime;
        unfinishedFlops = work.total();
        totalFlops = sum(unfinishedFlops);
        lastOperationNanos = lastReportNanos = nanoTime.getAsLong();
    }

    /** Reports the start of the first stage. */
    void start() {
        report(currentUnit().stage(), Optional::empty);
    }

    /** Counts operations that were just computed, as {@link dev.mige4j.tensor.FlopCounter#observe} reports them. */
    void computed(long flops) {
        if (inCallback) return; // a preview
        long now = nanoTime.getAsLong();
        throughput.add(currentNetwork(), (double) flops, (now - lastOperationNanos) / 1e9);
        lastOperationNanos = now;
        flopsInUnit = Math.min(flopsInUnit + flops, currentUnit().flops());
        checkOpen.run();
        if (now - lastReportNanos >= REPORT_INTERVAL_NANOS) report(currentUnit().stage(), Optional::empty);
        else checkInterrupt(currentUnit().stage());
    }

    /** Reports that a unit was computed, without a preview. */
    void unitFinished() {
        unitFinished(Optional::empty);
    }

    /** Reports that a unit was computed, and the start of the next stage. */
    void unitFinished(Supplier<Optional<Image>> preview) {
        Unit unit = currentUnit();
        for (Part part : unit.parts()) unfinishedFlops.merge(part.network(), -part.flops(), Double::sum);
        flopsInUnit = 0;
        finishedUnits++;
        finishedByStage.merge(unit.stage(), 1, Integer::sum);
        report(unit.stage(), preview);
        if (finished(currentUnit().stage()) == 0) report(currentUnit().stage(), Optional::empty);
    }

    /** Runs the caller's code; what it computes, and its time, do not count as the request's. */
    void uncounted(Runnable callback) {
        inCallback = true;
        callback.run();
        inCallback = false;
        lastOperationNanos = nanoTime.getAsLong();
    }

    /** The expected operations of the request so far. */
    double flopsDone() {
        return totalFlops - sum(remainingFlops());
    }

    private Unit currentUnit() {
        return work.units().get(Math.min(finishedUnits, work.units().size() - 1));
    }

    private Network currentNetwork() {
        double end = 0;
        Network network = null;
        for (Part part : currentUnit().parts()) {
            network = part.network();
            end += part.flops();
            if (flopsInUnit < end) break;
        }
        return network;
    }

    private int finished(Stage stage) {
        return finishedByStage.getOrDefault(stage, 0);
    }

    private void report(Stage stage, Supplier<Optional<Image>> preview) {
        checkOpen.run();
        Map<Network, Double> remaining = remainingFlops();
        inCallback = true;
        boolean goOn = listener.onProgress(new GenerationProgress(
                stage,
                finished(stage),
                work.count(stage),
                flopsDone() / totalFlops,
                throughput.timeFor(remaining),
                preview));
        inCallback = false;
        lastOperationNanos = lastReportNanos = nanoTime.getAsLong();
        if (!goOn) throw cancelled("cancelled", stage);
        checkInterrupt(stage);
    }

    private Map<Network, Double> remainingFlops() {
        Map<Network, Double> remaining = new EnumMap<>(unfinishedFlops);
        double done = flopsInUnit;
        for (Part part : currentUnit().parts()) {
            double doneOfPart = Math.min(done, part.flops());
            remaining.merge(part.network(), -doneOfPart, Double::sum);
            done -= doneOfPart;
        }
        return remaining;
    }

    private void checkInterrupt(Stage stage) {
        // The interrupt flag stays set for the caller.
        if (Thread.currentThread().isInterrupted()) throw cancelled("interrupted", stage);
    }

    private CancelledException cancelled(String reason, Stage stage) {
        return new CancelledException(
                "%s while %s, after %d of %d", reason, stage.label(), finished(stage), work.count(stage));
    }

    private static double sum(Map<Network, Double> flops) {
        return flops.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}

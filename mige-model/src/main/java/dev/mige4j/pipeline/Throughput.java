package dev.mige4j.pipeline;

import dev.mige4j.pipeline.RequestWork.Network;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The measured speed of each network, in floating-point operations a second, and the time that other work takes at this
 * speed. Recent work counts more, so that the speed follows the load of the machine. Thread-safe.
 */
final class Throughput {

    /** Seconds of work after which a measurement has lost two thirds of its weight. */
    private static final double DECAY_SECONDS = 60;
    /** A speed that was measured for less time is not used. */
    private static final double MIN_SECONDS = 0.25;

    /** Operations and the seconds that they took. */
    private record Measurement(double flops, double seconds) {
        static final Measurement NONE = new Measurement(0, 0);
    }

    private final Map<Network, Measurement> measurements = new EnumMap<>(Network.class);

    /** Adds an operation, unless it is the first one of the network, which waits for libtorch and for the disk. */
    synchronized void add(Network network, double newFlops, double newSeconds) {
        Measurement old = measurements.get(network);
        double kept = Math.exp(-newSeconds / DECAY_SECONDS);
        measurements.put(
                network,
                old == null
                        ? Measurement.NONE
                        : new Measurement(kept * old.flops + newFlops, kept * old.seconds + newSeconds));
    }

    /**
     * The time that the operations of each network take. A network that was not measured yet is assumed to be as fast
     * as the fastest other one: slow ones wait for the disk.
     *
     * @return empty before anything was measured
     */
    synchronized Optional<Duration> timeFor(Map<Network, Double> work) {
        double fastest = 0;
        for (Network network : Network.values()) fastest = Math.max(fastest, measured(network));
        if (fastest == 0) return Optional.empty();
        double total = 0;
        for (Map.Entry<Network, Double> part : work.entrySet()) {
            double measured = measured(part.getKey());
            total += part.getValue() / (measured > 0 ? measured : fastest);
        }
        return Optional.of(Duration.ofMillis(Math.round(1000 * total)));
    }

    /** Operations a second; 0 if not measured. */
    private double measured(Network network) {
        Measurement measurement = measurements.get(network);
        return measurement == null || measurement.seconds < MIN_SECONDS ? 0 : measurement.flops / measurement.seconds;
    }
}

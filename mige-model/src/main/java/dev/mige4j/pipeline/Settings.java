package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How to make the pictures of a request. What is left empty takes the model's default for the task.
 *
 * @param steps solver steps, at least 2; more is slower and finer
 * @param guidance how far the words (and the pictures in them) pull, 1: not at all beyond the plain prediction
 * @param imageGuidance how far the canvas pulls; 1 is usual and the cheapest; edits only
 * @param seed the same seed, index and settings give the same picture, in any batch and at any thread count
 * @param count pictures to make; picture i depends on (seed, i) alone
 * @param region where an edit may change pixels; a new picture has nothing to keep
 * @param faithful true: every quirk of the reference's inference programs, see docs/faithful.md
 */
public record Settings(
        OptionalInt steps,
        OptionalDouble guidance,
        OptionalDouble imageGuidance,
        long seed,
        int count,
        Optional<Region> region,
        boolean faithful) {

    /** The most pictures one request may ask for. */
    public static final int MAX_COUNT = 64;

    public static final Settings DEFAULT = new Settings(
            OptionalInt.empty(), OptionalDouble.empty(), OptionalDouble.empty(), 0, 1, Optional.empty(), false);

    public Settings {
        if (steps.isPresent() && (steps.getAsInt() < 2 || steps.getAsInt() > 1000)) {
            throw new UsageException("%d steps are asked for, expected 2 to 1000", steps.getAsInt());
        }
        checkGuidance("guidance", guidance);
        checkGuidance("image guidance", imageGuidance);
        if (count < 1 || count > MAX_COUNT)
            throw new UsageException("%d pictures are asked for, expected 1 to %d", count, MAX_COUNT);
    }

    private static void checkGuidance(String name, OptionalDouble value) {
        if (value.isPresent() && !(value.getAsDouble() >= 0 && value.getAsDouble() <= 100)) {
            throw new UsageException("%s is %s, expected 0 to 100", name, value.getAsDouble());
        }
    }

    public Settings withSteps(int steps) {
        return new Settings(OptionalInt.of(steps), guidance, imageGuidance, seed, count, region, faithful);
    }

    public Settings withGuidance(double guidance) {
        return new Settings(steps, OptionalDouble.of(guidance), imageGuidance, seed, count, region, faithful);
    }

    public Settings withImageGuidance(double imageGuidance) {
        return new Settings(steps, guidance, OptionalDouble.of(imageGuidance), seed, count, region, faithful);
    }

    public Settings withSeed(long seed) {
        return new Settings(steps, guidance, imageGuidance, seed, count, region, faithful);
    }

    public Settings withCount(int count) {
        return new Settings(steps, guidance, imageGuidance, seed, count, region, faithful);
    }

    public Settings withRegion(Region region) {
        return new Settings(steps, guidance, imageGuidance, seed, count, Optional.of(region), faithful);
    }

    public Settings withFaithful(boolean faithful) {
        return new Settings(steps, guidance, imageGuidance, seed, count, region, faithful);
    }
}

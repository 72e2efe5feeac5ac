package dev.mige4j.pipeline;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageSize;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Settings of a request. Empty values take the model's default for the task.
 *
 * @param steps solver steps, {@value #MIN_STEPS} to {@value #MAX_STEPS}; more steps are slower and finer
 * @param guidance guidance scale of the instruction (its text and images), 0 to 100; 1: no guidance
 * @param imageGuidance guidance scale of the source image, 0 to 100; 1, the usual value, is also the fastest
 * @param seed any number; the same seed, index and settings give the same image in any batch and for any number of
 *     threads. {@value #RANDOM_SEED}: a random one is chosen for the request; the recipe of an image contains it
 * @param firstIndex index of the first image, 0 to {@value #MAX_FIRST_INDEX}; 0 unless single images of a larger
 *     request are generated again
 * @param count number of images, 1 to {@value #MAX_COUNT}; the image with index i depends on (seed, i) only
 * @param region where an edit may change pixels; without effect on new images
 * @param size size of the results: they are scaled so that they cover it, and cropped in the middle; empty: that of the
 *     source, or of the model's images
 * @param faithful true: reproduce the reference's inference programs with all their quirks, see docs/faithful.md
 * @param fast true: the model's {@link dev.mige4j.sampler.FastSampling}, several times faster and nearly the same
 *     image; not together with {@code faithful}
 */
public record Settings(
        OptionalInt steps,
        OptionalDouble guidance,
        OptionalDouble imageGuidance,
        long seed,
        int firstIndex,
        int count,
        Optional<Region> region,
        Optional<ImageSize> size,
        boolean faithful,
        boolean fast) {

    /** The fewest solver steps. */
    public static final int MIN_STEPS = 2;

    /** The most solver steps. */
    public static final int MAX_STEPS = 1000;

    /** The largest guidance scale. */
    public static final double MAX_GUIDANCE = 100;

    /** The most images of one request. */
    public static final int MAX_COUNT = 64;

    /** The largest index of a first image. */
    public static final int MAX_FIRST_INDEX = 1_000_000;

    /** Stands for a random seed. */
    public static final long RANDOM_SEED = -1;

    /** Random seeds have at most 31 bits, so that people can type them and every JSON parser keeps them. */
    private static final long RANDOM_SEED_BOUND = 1L << 31;

    /** One image with seed 0 and the model's defaults. */
    public static final Settings DEFAULT = new Settings(
            OptionalInt.empty(),
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            0,
            0,
            1,
            Optional.empty(),
            Optional.empty(),
            false,
            false);

    public Settings {
        UsageException.requireNonNull(steps, "steps");
        UsageException.requireNonNull(guidance, "guidance");
        UsageException.requireNonNull(imageGuidance, "imageGuidance");
        UsageException.requireNonNull(region, "region");
        UsageException.requireNonNull(size, "size");
        if (steps.isPresent() && (steps.getAsInt() < MIN_STEPS || steps.getAsInt() > MAX_STEPS))
            throw new UsageException(
                    "The number of steps is %d, expected %d to %d.", steps.getAsInt(), MIN_STEPS, MAX_STEPS);
        checkGuidance("guidance", guidance);
        checkGuidance("image guidance", imageGuidance);
        if (firstIndex < 0 || firstIndex > MAX_FIRST_INDEX)
            throw new UsageException("The first index is %d, expected 0 to %d.", firstIndex, MAX_FIRST_INDEX);
        if (count < 1 || count > MAX_COUNT)
            throw new UsageException("The number of images is %d, expected 1 to %d.", count, MAX_COUNT);
        if (faithful && fast)
            throw new UsageException(
                    "'faithful' and 'fast' are both set, but the reference has no fast sampling; remove one of them.");
    }

    private static void checkGuidance(String name, OptionalDouble value) {
        if (value.isPresent() && !(value.getAsDouble() >= 0 && value.getAsDouble() <= MAX_GUIDANCE)) {
            throw new UsageException("%s is %s, expected 0 to 100.", name, value.getAsDouble());
        }
    }

    public Settings withSteps(int steps) {
        return new Settings(
                OptionalInt.of(steps), guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }

    public Settings withGuidance(double guidance) {
        return new Settings(
                steps,
                OptionalDouble.of(guidance),
                imageGuidance,
                seed,
                firstIndex,
                count,
                region,
                size,
                faithful,
                fast);
    }

    public Settings withImageGuidance(double imageGuidance) {
        return new Settings(
                steps,
                guidance,
                OptionalDouble.of(imageGuidance),
                seed,
                firstIndex,
                count,
                region,
                size,
                faithful,
                fast);
    }

    public Settings withSeed(long seed) {
        return new Settings(steps, guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }

    /** These settings with a random seed in the place of {@link #RANDOM_SEED}. */
    public Settings withChosenSeed() {
        return seed == RANDOM_SEED ? withSeed(ThreadLocalRandom.current().nextLong(RANDOM_SEED_BOUND)) : this;
    }

    public Settings withFirstIndex(int firstIndex) {
        return new Settings(steps, guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }

    public Settings withCount(int count) {
        return new Settings(steps, guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }

    public Settings withRegion(Region region) {
        UsageException.requireNonNull(region, "region");
        return new Settings(
                steps, guidance, imageGuidance, seed, firstIndex, count, Optional.of(region), size, faithful, fast);
    }

    public Settings withSize(ImageSize size) {
        UsageException.requireNonNull(size, "size");
        return new Settings(
                steps, guidance, imageGuidance, seed, firstIndex, count, region, Optional.of(size), faithful, fast);
    }

    /** These settings without a size. */
    public Settings withoutSize() {
        return new Settings(
                steps, guidance, imageGuidance, seed, firstIndex, count, region, Optional.empty(), faithful, fast);
    }

    public Settings withFaithful(boolean faithful) {
        return new Settings(steps, guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }

    public Settings withFast(boolean fast) {
        return new Settings(steps, guidance, imageGuidance, seed, firstIndex, count, region, size, faithful, fast);
    }
}

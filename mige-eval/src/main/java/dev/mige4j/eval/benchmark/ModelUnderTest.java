package dev.mige4j.eval.benchmark;

import dev.mige4j.common.Sha256;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** A row of the evaluation: a model, or a baseline to compare the models with. */
public interface ModelUnderTest {

    /** The name of the row, unique within an evaluation. */
    String name();

    /** Identifies the weights and settings. Outputs and scores with another provenance are not reused. */
    String provenance();

    /** Whether the row applies to a suite. */
    default boolean supports(BenchmarkSuite suite) {
        return true;
    }

    /** Whether it gets {@link BenchmarkTurn#textOnlyTask}, because it was trained on text-only instructions. */
    default boolean isTextOnly() {
        return false;
    }

    /**
     * Generates the output for a task.
     *
     * @param task in a multi-turn sample, its source is this row's output of the turn before
     * @param target the expected image, for baselines only; empty during warm-up and when the benchmark has none
     * @param seed the seed of the sample
     */
    Image generate(Task task, Optional<Image> target, long seed);

    /**
     * As {@link #generate(Task, Optional, long)}, until it is cancelled.
     *
     * @param cancelled asked now and then
     * @throws dev.mige4j.common.CancelledException when {@code cancelled} is true
     */
    default Image generate(Task task, Optional<Image> target, long seed, BooleanSupplier cancelled) {
        return generate(task, target, seed);
    }

    /** A model with fixed settings; the seed of the settings is replaced by the sample's. */
    static ModelUnderTest of(String name, Mige mige, Settings settings) {
        return new ModelUnderTest() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String provenance() {
                return mige.modelHash() + describe(mige.loras()) + ", " + describe(settings);
            }

            @Override
            public boolean isTextOnly() {
                return mige.config().prompts().textOnly();
            }

            @Override
            public Image generate(Task task, Optional<Image> target, long seed) {
                return generate(task, target, seed, () -> false);
            }

            @Override
            public Image generate(Task task, Optional<Image> target, long seed, BooleanSupplier cancelled) {
                GenerationListener listener = progress -> !cancelled.getAsBoolean();
                return mige.generate(task, settings.withSeed(seed).withCount(1), listener)
                        .get(0)
                        .image();
            }
        };
    }

    private static String describe(List<Lora> loras) {
        return loras.stream()
                .map(lora -> " + " + lora.file().sha256().substring(0, 16) + " x " + lora.scale())
                .collect(Collectors.joining());
    }

    /** The settings that influence an output, without the seed. */
    private static String describe(Settings settings) {
        return String.format(
                Locale.ROOT,
                "steps %s, guidance %s, image guidance %s, region %s%s%s",
                settings.steps().isPresent() ? settings.steps().getAsInt() : "default",
                settings.guidance().isPresent() ? settings.guidance().getAsDouble() : "default",
                settings.imageGuidance().isPresent() ? settings.imageGuidance().getAsDouble() : "default",
                settings.region().map(ModelUnderTest::describe).orElse("default"),
                settings.faithful() ? ", faithful" : "",
                settings.fast() ? ", fast" : "");
    }

    private static String describe(Region region) {
        if (region instanceof Region.Mask mask)
            return "mask " + Sha256.hex(mask.mask().rgb()).substring(0, 16);
        return region instanceof Region.Everywhere ? "everywhere" : "auto";
    }
}

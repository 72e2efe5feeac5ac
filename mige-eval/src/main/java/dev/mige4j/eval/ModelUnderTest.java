package dev.mige4j.eval;

import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.util.List;
import java.util.Optional;

/** Who answers questions: a model, or one of the rows that tell what a model's figures are worth. */
public interface ModelUnderTest {

    /** Name of its row. */
    String name();

    /**
     * What decides its answers besides the question, such as weights and settings: scores of others are never taken for
     * its own.
     */
    String provenance();

    /** Whether its answers are a model's own, so that they are timed, shown and kept as files. */
    default boolean isModel() {
        return false;
    }

    /**
     * Its answer, empty when it does not take part in such a task.
     *
     * @param task what is asked; within a chain its canvas is this entrant's answer before
     * @param groundTruth what should come out, for the framing rows only; null when a model is warmed up
     * @param seed the question's
     */
    Optional<Image> generate(Task task, Example groundTruth, long seed);

    /** A model with these settings; the seed is each question's. */
    static ModelUnderTest of(String name, Mige mige, Settings settings) {
        return new ModelUnderTest() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String provenance() {
                return mige.modelHash() + ", " + describe(settings);
            }

            @Override
            public boolean isModel() {
                return true;
            }

            @Override
            public Optional<Image> generate(Task task, Example groundTruth, long seed) {
                return Optional.of(mige.generate(task, settings.withSeed(seed).withCount(1))
                        .get(0)
                        .image());
            }
        };
    }

    /** The settings that matter for one picture, without the seed. */
    private static String describe(Settings settings) {
        return "steps %s, guidance %s, image guidance %s, region %s%s"
                .formatted(
                        settings.steps().isPresent() ? settings.steps().getAsInt() : "default",
                        settings.guidance().isPresent() ? settings.guidance().getAsDouble() : "default",
                        settings.imageGuidance().isPresent()
                                ? settings.imageGuidance().getAsDouble()
                                : "default",
                        settings.region()
                                .map(r -> r.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT))
                                .orElse("default"),
                        settings.faithful() ? ", faithful" : "");
    }

    /** Hands the source back untouched: perfect where nothing may change, and never a success. */
    ModelUnderTest COPY_SOURCE = new Baseline("copy-source", "copy-source") {
        @Override
        public Optional<Image> generate(Task task, Example groundTruth, long seed) {
            return task.source();
        }
    };

    /** Hands in middle grey: what a generation must beat. */
    ModelUnderTest BLANK = new Baseline("blank", "blank") {
        @Override
        public Optional<Image> generate(Task task, Example groundTruth, long seed) {
            return task.source().isPresent()
                    ? Optional.empty()
                    : Optional.of(Image.filled(
                            groundTruth.target().width(), groundTruth.target().height(), 0x808080));
        }
    };

    /** The truth, through the model's autoencoder and back: the best that can be had with it. */
    static ModelUnderTest oracle(Mige mige) {
        return new Baseline("oracle", "oracle " + mige.modelHash()) {
            @Override
            public Optional<Image> generate(Task task, Example groundTruth, long seed) {
                return Optional.of(mige.reconstruct(groundTruth.target()));
            }
        };
    }

    /** A row beside the models. */
    abstract class Baseline implements ModelUnderTest {
        private final String name, provenance;

        Baseline(String name, String provenance) {
            this.name = name;
            this.provenance = provenance;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String provenance() {
            return provenance;
        }
    }

    /** The task that a drawn example sets; a canvas takes the place of its source wherever that is shown. */
    static Task createTask(Example example, Optional<Image> sourceOverride) {
        ExampleSpec item = example.spec();
        List<Image> images = sourceOverride.isEmpty()
                ? example.references()
                : example.references().stream()
                        .map(p -> p.equals(example.source().orElse(null)) ? sourceOverride.get() : p)
                        .toList();
        Instruction instruction = new Instruction(item.instruction(), images);
        return switch (item.kind().task()) {
            case "subject" -> new SubjectGeneration(instruction);
            case "edit" ->
                new InstructionEdit(
                        instruction, sourceOverride.or(example::source).orElseThrow());
            default ->
                new SubjectEdit(instruction, sourceOverride.or(example::source).orElseThrow());
        };
    }

    /** The picture in the size of another. */
    static Image resizeLike(Image image, Image other) {
        return image.width() == other.width() && image.height() == other.height()
                ? image
                : Resampling.BICUBIC.resize(image, other.width(), other.height());
    }
}

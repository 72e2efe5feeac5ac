package mige.eval;

import java.util.List;
import java.util.Optional;

import mige.data.Example;
import mige.data.Item;
import mige.image.Picture;
import mige.image.Resampling;
import mige.pipeline.Mige;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;

/** Who answers questions: a model, or one of the rows that tell what a model's figures are worth. */
public interface Entrant {

    /** Name of its row. */
    String name();

    /** What decides its answers besides the question, such as weights and settings: scores of others are never taken for its own. */
    String madeBy();

    /** Whether its answers are a model's own, so that they are timed, shown and kept as files. */
    default boolean model() {
        return false;
    }

    /**
     * Its answer, empty when it does not take part in such a task.
     *
     * @param task  what is asked; within a chain its canvas is this entrant's answer before
     * @param truth what should come out, for the framing rows only; null when a model is warmed up
     * @param seed  the question's
     */
    Optional<Picture> answer(Task task, Example truth, long seed);

    /** A model with these settings; the seed is each question's. */
    static Entrant of(String name, Mige mige, Settings settings) {
        return new Entrant() {
            @Override public String name() {
                return name;
            }

            @Override public String madeBy() {
                return mige.hash() + ", " + said(settings);
            }

            @Override public boolean model() {
                return true;
            }

            @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
                return Optional.of(mige.create(task, settings.withSeed(seed).withCount(1)).pictures().get(0));
            }
        };
    }

    /** The settings that matter for one picture, without the seed. */
    private static String said(Settings settings) {
        return "steps %s, guidance %s, image guidance %s, region %s%s".formatted(settings.steps().isPresent() ? settings.steps().getAsInt() : "default",
                settings.guidance().isPresent() ? settings.guidance().getAsDouble() : "default", settings.imageGuidance().isPresent() ? settings.imageGuidance().getAsDouble() : "default",
                settings.region().map(r -> r.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT)).orElse("default"), settings.faithful() ? ", faithful" : "");
    }

    /** Hands the source back untouched: perfect where nothing may change, and never a success. */
    Entrant COPY_SOURCE = new Bound("copy-source", "copy-source") {
        @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
            return task.canvas();
        }
    };

    /** Hands in middle grey: what a generation must beat. */
    Entrant BLANK = new Bound("blank", "blank") {
        @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
            return task.canvas().isPresent() ? Optional.empty() : Optional.of(Picture.filled(truth.target().width(), truth.target().height(), 0x808080));
        }
    };

    /** The truth, through the model's autoencoder and back: the best that can be had with it. */
    static Entrant oracle(Mige mige) {
        return new Bound("oracle", "oracle " + mige.hash()) {
            @Override public Optional<Picture> answer(Task task, Example truth, long seed) {
                return Optional.of(mige.roundTrip(truth.target()));
            }
        };
    }

    /** A row beside the models. */
    abstract class Bound implements Entrant {
        private final String name, madeBy;

        Bound(String name, String madeBy) {
            this.name = name;
            this.madeBy = madeBy;
        }

        @Override public String name() {
            return name;
        }

        @Override public String madeBy() {
            return madeBy;
        }
    }

    /** The task that a drawn example sets; a canvas takes the place of its source wherever that is shown. */
    static Task task(Example example, Optional<Picture> canvas) {
        Item item = example.item();
        List<Picture> shown = canvas.isEmpty() ? example.references()
                : example.references().stream().map(p -> p.equals(example.source().orElse(null)) ? canvas.get() : p).toList();
        Instruction said = new Instruction(item.text(), shown);
        return switch (item.kind().task()) {
            case "subject" -> new SubjectGeneration(said);
            case "edit" -> new InstructionEdit(said, canvas.or(example::source).orElseThrow());
            default -> new SubjectEdit(said, canvas.or(example::source).orElseThrow());
        };
    }

    /** The picture in the size of another. */
    static Picture like(Picture picture, Picture other) {
        return picture.width() == other.width() && picture.height() == other.height() ? picture : Resampling.BICUBIC.resize(picture, other.width(), other.height());
    }
}

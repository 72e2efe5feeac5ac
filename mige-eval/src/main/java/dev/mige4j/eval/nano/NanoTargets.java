package dev.mige4j.eval.nano;

import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.benchmark.BenchmarkSuite;
import dev.mige4j.eval.benchmark.Score;
import dev.mige4j.eval.benchmark.Target;
import dev.mige4j.eval.metric.Metric;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** The project's targets on nano-MIGEBench. Subjects are unseen when training holds out their concept or icon style. */
final class NanoTargets {

    private static final Set<BenchmarkSuite> GENERATION = Set.of(NanoSuite.SINGLE_SUBJECT, NanoSuite.MULTI_SUBJECT),
            EDIT = Set.of(NanoSuite.EDIT),
            SUBJECT_EDIT = Set.of(NanoSuite.SUBJECT_ADD, NanoSuite.SUBJECT_REPLACE);
    private static final Set<String> UNSEEN_SPLITS =
            Set.of(NanoBenchmark.label(Split.UNSEEN_SUBJECT), NanoBenchmark.label(Split.UNSEEN_STYLE));

    static final List<Target> ALL = List.of(
            relative("edit: L1 outside the mask, relative to vae-oracle", Metric.L1_OUTSIDE, "vae-oracle", 1.5),
            relative("edit: L1 inside the mask, relative to copy-source", Metric.L1_INSIDE, "copy-source", 0.4),
            absolute("edit: success rate", Metric.SUCCESS, EDIT, NanoTargets::isAny, 0.80),
            absolute(
                    "edit: success rate of objects that are only named",
                    Metric.SUCCESS,
                    EDIT,
                    NanoTargets::isNamed,
                    0.50),
            absolute(
                    "subject generation: identity retrieval accuracy, seen subjects",
                    Metric.IDENTITY,
                    GENERATION,
                    NanoTargets::isSeen,
                    0.60),
            absolute(
                    "subject generation: identity retrieval accuracy, unseen subjects",
                    Metric.IDENTITY,
                    GENERATION,
                    NanoTargets::isUnseen,
                    0.45),
            absolute("subject generation: scene accuracy", Metric.SCENE, GENERATION, NanoTargets::isAny, 0.92),
            absolute(
                    "subject generation: two subjects, success rate",
                    Metric.SUCCESS,
                    Set.of(NanoSuite.MULTI_SUBJECT),
                    score -> score.kind().equals(TaskKind.SUBJECT_2.label()),
                    0.40),
            absolute("subject add/replace: success rate", Metric.SUCCESS, SUBJECT_EDIT, NanoTargets::isAny, 0.75),
            absolute(
                    "subject add/replace: identity retrieval accuracy, seen subjects",
                    Metric.IDENTITY,
                    SUBJECT_EDIT,
                    NanoTargets::isSeen,
                    0.60),
            absolute(
                    "subject add/replace: identity retrieval accuracy, unseen subjects",
                    Metric.IDENTITY,
                    SUBJECT_EDIT,
                    NanoTargets::isUnseen,
                    0.45),
            absolute("seconds per image", Metric.SECONDS, Set.of(NanoSuite.values()), NanoTargets::isAny, 4.0));

    private NanoTargets() {}

    private static boolean isAny(Score score) {
        return true;
    }

    private static boolean isUnseen(Score score) {
        return UNSEEN_SPLITS.contains(score.split());
    }

    /** Edits that add an object, or replace one by another. */
    private static boolean isNamed(Score score) {
        return score.kind().equals(TaskKind.ADD.label()) || score.kind().equals(TaskKind.REPLACE.label());
    }

    private static boolean isSeen(Score score) {
        return !isUnseen(score);
    }

    private static Target relative(String description, Metric metric, String baseline, double threshold) {
        return new Target(description, metric, EDIT, NanoTargets::isAny, Optional.of(baseline), threshold);
    }

    private static Target absolute(
            String description, Metric metric, Set<BenchmarkSuite> suites, Predicate<Score> filter, double threshold) {
        return new Target(description, metric, suites, filter, Optional.empty(), threshold);
    }
}

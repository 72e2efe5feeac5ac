package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.MagicBrushTurn;
import dev.mige4j.dataset.parquet.ParquetShards;
import dev.mige4j.eval.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * MagicBrush: sessions of successive edits. All turns are evaluated each from the true result of the turn before
 * ("single-turn" in its paper), and the final turn after all edits were made one after the other ("multi-turn").
 */
public final class MagicBrush {

    private static final PublishedSuite
            ALL_TURNS = new PublishedSuite("all-turns", "each edit of the true result before (single-turn)", false),
            FINAL_TURN =
                    new PublishedSuite("final-turn", "all edits of a session, one after the other (multi-turn)", false);
    private static final String PAPER = "MIGE's paper; which turns and which captions it measured is not stated";

    private static final ProtocolNote METRICS = new ProtocolNote("Metrics", """
            L1, L2, CLIP-I and DINO compare the output with the true result of its turn, CLIP-T with its \
            description.""", false);
    private static final ProtocolNote TURNS = new ProtocolNote("Turns", """
            all-turns makes every edit from the true result of the turn before; the paper of MagicBrush calls it \
            single-turn. final-turn makes the edits of a session one after the other from the model's own results, \
            and measures the last; there it is multi-turn. Its part "turn 2" is the sessions whose \
            last turn is the second. Which of them MIGE reports is not stated.""", true);
    private static final ProtocolNote CAPTIONS = new ProtocolNote("Captions", """
            CLIP-T is with the local description of the target, as the authors of MagicBrush have confirmed; \
            "global" is with the description of the whole image. The 0.306 of MIGE's paper is above what the targets \
            reach with local descriptions, so it probably used global ones.""", true);
    private static final ProtocolNote CHECK = new ProtocolNote("Check", """
            On the whole test set the row target should have a CLIP-T of 0.2826 in all-turns and 0.2855 in \
            final-turn, as a run of the authors' script reported (MagicBrush issue 27).""", false);
    private static final ProtocolNote DATA = new ProtocolNote("Data", """
            The hub has the splits train and dev, without descriptions, so CLIP-T is not measured. Papers report the \
            test set, which the authors give away separately.""", false);
    private static final ProtocolNote PREPROCESSING = new ProtocolNote("Preprocessing", """
            Images and captions are prepared for CLIP as MIGE's evaluation does it, by the rules of the hub, unless \
            --openai-preprocessing asks for those of OpenAI's program, which the script of MagicBrush uses: an image \
            whose surplus is 3 modulo 4 is cropped one pixel further, curly quotes and HTML in captions are \
            replaced, and a caption of more than 77 tokens is an error.""", false);
    private static final ProtocolNote INSTRUCTIONS = new ProtocolNote("Instructions", """
            The instruction is given as that of an edit of Emu Edit whose task is not global; MIGE's program for \
            MagicBrush is not released.""", true);
    private static final List<ProtocolNote>
            TEST_NOTES = List.of(METRICS, TURNS, CAPTIONS, CHECK, PREPROCESSING, INSTRUCTIONS),
            HUB_NOTES = List.of(METRICS, TURNS, DATA, PREPROCESSING, INSTRUCTIONS);

    private static final List<PublishedValue> VALUES = List.of(
            new PublishedValue(ALL_TURNS.label(), Metric.L1, "0.055", PAPER + "; after a summary of it"),
            new PublishedValue(ALL_TURNS.label(), Metric.CLIP_I, "0.902", PAPER),
            new PublishedValue(ALL_TURNS.label(), Metric.CLIP_T_GLOBAL, "0.306", PAPER));

    private MagicBrush() {}

    /**
     * Reads the test set, or the split {@code dev} of the hub's data set.
     *
     * @param folder {@code test} of the authors' archive, or a copy of {@code osunlp/MagicBrush}
     * @throws UsageException as {@link MagicBrushTurn#loadTest} and {@link MagicBrushTurn#loadHub}
     */
    public static Benchmark load(Path folder) {
        return ParquetShards.exist(folder)
                ? of("MagicBrush, dev", MagicBrushTurn.loadHub(folder, "dev"), List.of(), HUB_NOTES)
                : of("MagicBrush", MagicBrushTurn.loadTest(folder), VALUES, TEST_NOTES);
    }

    private static Benchmark of(
            String name, List<List<MagicBrushTurn>> sessions, List<PublishedValue> values, List<ProtocolNote> notes) {
        boolean captions = sessions.stream()
                .flatMap(List::stream)
                .anyMatch(turn -> turn.localCaption().or(turn::globalCaption).isPresent());
        List<PublishedSample> samples = new ArrayList<>();
        for (List<MagicBrushTurn> session : sessions) {
            String item = session.get(0).session();
            for (MagicBrushTurn turn : session) {
                String id = item + "-" + turn.turn();
                samples.add(new PublishedSample(
                        id, item, ALL_TURNS, BenchmarkSample.seedOf(id), List.of(independent(turn, captions))));
            }
            String id = item + "-final";
            samples.add(new PublishedSample(
                    id,
                    item,
                    FINAL_TURN,
                    BenchmarkSample.seedOf(item + "-1"), // as the first turn of all-turns, whose output it shares
                    session.stream()
                            .map(turn -> iterated(turn, turn.equals(session.get(session.size() - 1)), captions))
                            .toList()));
        }
        return new PublishedBenchmark(
                name,
                PublishedBenchmark.hash(sessions),
                List.of(ALL_TURNS, FINAL_TURN),
                List.of(),
                samples,
                List.of(Baseline.COPY_SOURCE, Baseline.TARGET),
                Map.of(),
                values,
                notes,
                folder -> checkImages(folder, samples));
    }

    /** Like the authors' script, accepts no other sessions and no other turns; masks do not matter. */
    private static void checkImages(Path folder, List<PublishedSample> samples) {
        Set<String> sessions = new HashSet<>(), outputs = new HashSet<>();
        for (PublishedSample sample : samples) {
            sessions.add(sample.item());
            for (PublishedTurn turn : sample.turns()) outputs.add(turn.outputName());
        }
        List<String> others = new ArrayList<>();
        try (Stream<Path> folders = Files.list(folder)) {
            for (Path session : folders.filter(Files::isDirectory).sorted().toList()) {
                String id = session.getFileName().toString();
                if (!sessions.contains(id)) others.add(id);
                else
                    try (Stream<Path> files = Files.list(session)) {
                        files.map(file -> id + "/" + file.getFileName())
                                .filter(name -> isOutput(name) && !outputs.contains(name.replaceFirst("\\.\\w+$", "")))
                                .sorted()
                                .forEach(others::add);
                    }
            }
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", folder, e.getMessage(), e);
        }
        if (!others.isEmpty())
            throw new UsageException(
                    "%s has %s%s, which %s no session or turn of this benchmark; the authors' script refuses such a"
                            + " folder, so remove what does not belong to it.",
                    folder,
                    String.join(", ", others.subList(0, Math.min(3, others.size()))),
                    others.size() > 3 ? " and %d more".formatted(others.size() - 3) : "",
                    others.size() == 1 ? "is" : "are");
    }

    private static boolean isOutput(String name) {
        return name.matches(".*\\.(png|jpg)") && !name.contains("mask");
    }

    private static PublishedTurn independent(MagicBrushTurn turn, boolean captions) {
        return new PublishedTurn(
                "turn " + turn.turn(),
                PublishedTurn.ALL,
                turn.independentOutput(),
                previousOutput ->
                        PublishedTurn.edit(turn.instruction(), turn.source().read()),
                Optional.of(turn.target()),
                true,
                comparisons(turn, captions));
    }

    private static PublishedTurn iterated(MagicBrushTurn turn, boolean isLast, boolean captions) {
        return new PublishedTurn(
                "turn " + turn.turn(),
                PublishedTurn.ALL,
                turn.iteratedOutput(),
                previousOutput -> PublishedTurn.edit(turn.instruction(), previousOutput.orElseGet(() -> turn.source()
                        .read())),
                Optional.of(turn.target()),
                isLast,
                comparisons(turn, captions));
    }

    private static List<Comparison> comparisons(MagicBrushTurn turn, boolean captions) {
        List<Comparison> comparisons = new ArrayList<>(List.of(
                Comparison.image(Metric.L1, turn.target()),
                Comparison.image(Metric.L2, turn.target()),
                Comparison.image(Metric.CLIP_I, turn.target()),
                Comparison.image(Metric.DINO, turn.target())));
        if (captions)
            comparisons.addAll(List.of(
                    caption(Metric.CLIP_T, turn.localCaption()), caption(Metric.CLIP_T_GLOBAL, turn.globalCaption())));
        return comparisons;
    }

    private static Comparison caption(Metric metric, Optional<String> caption) {
        return caption.map(text -> Comparison.caption(metric, text))
                .orElseGet(() -> Comparison.notApplicable(metric, "the data have no caption of this turn"));
    }
}

package dev.mige4j.eval;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.Score;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Joins the output folders of the parts of an evaluation. The data, the models and the outputs are not needed. */
public final class EvaluationJoin {

    private EvaluationJoin() {}

    private record PartFolder(Path folder, EvaluationManifest manifest) {}

    /**
     * Writes the score log and the reports of the whole.
     *
     * @param folders the output folders of all parts, in any order
     * @param output created when it is missing
     * @throws UsageException when the folders are not the parts of one evaluation, or one is missing, is there twice or
     *     is not complete, or the output folder has an evaluation of its own
     */
    public static EvaluationResult run(List<Path> folders, Path output) {
        List<PartFolder> parts = folders.stream()
                .map(folder -> new PartFolder(folder, EvaluationManifest.read(folder)))
                .sorted(Comparator.comparingInt(part -> part.manifest.part().index()))
                .toList();
        if (parts.isEmpty()) throw new UsageException("There is no folder to join.");
        requireEqual(parts);
        requireAllParts(parts);
        for (PartFolder part : parts)
            if (isSame(part.folder, output))
                throw new UsageException("%s is one of the parts; choose another output folder.", output);
        EvaluationManifest.requireNone(output);
        List<Score> scores = new ArrayList<>();
        for (PartFolder part : parts) scores.addAll(scores(part));
        return write(parts, inOrder(scores, parts.get(0).manifest), output);
    }

    private static boolean isSame(Path a, Path b) {
        try {
            return Files.exists(b) && Files.isSameFile(a, b);
        } catch (IOException e) {
            return false;
        }
    }

    /** Checks that all parts are of one evaluation. */
    private static void requireEqual(List<PartFolder> parts) {
        Map<String, Function<EvaluationManifest, Object>> fields = new LinkedHashMap<>();
        fields.put("benchmark", manifest -> manifest.description().name());
        fields.put("data", EvaluationManifest::inputs);
        fields.put("seed", EvaluationManifest::seed);
        fields.put("models", EvaluationManifest::rowNames);
        fields.put("models, settings or metrics", manifest -> manifest.rows().stream()
                .map(row -> row.provenance() + (row.judge() == null ? "" : "; " + row.judge()))
                .toList());
        fields.put("number of samples", manifest -> manifest.samples().size());
        fields.put("samples", EvaluationManifest::samples);
        fields.put("number of parts", manifest -> manifest.part().count());
        PartFolder first = parts.get(0);
        for (PartFolder other : parts)
            fields.forEach((name, field) -> {
                Object expected = field.apply(first.manifest), found = field.apply(other.manifest);
                if (!expected.equals(found))
                    throw new UsageException(
                            "%s and %s are not parts of one evaluation: they differ in the %s, %s and %s.",
                            first.folder, other.folder, name, shorten(expected), shorten(found));
            });
    }

    private static String shorten(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }

    private static void requireAllParts(List<PartFolder> parts) {
        Map<Integer, Path> byIndex = new TreeMap<>();
        for (PartFolder part : parts) {
            Path other = byIndex.put(part.manifest.part().index(), part.folder);
            if (other != null)
                throw new UsageException(
                        "%s and %s are both part %s; expected each part once.",
                        other, part.folder, part.manifest.part());
        }
        int count = parts.get(0).manifest.part().count();
        List<String> missing = IntStream.rangeClosed(1, count)
                .filter(index -> !byIndex.containsKey(index))
                .mapToObj(index -> index + "/" + count)
                .toList();
        if (!missing.isEmpty())
            throw new UsageException(
                    "%s %s missing; expected the folders of all parts.",
                    named("Part", missing), missing.size() == 1 ? "is" : "are");
        Set<String> selected = new HashSet<>();
        for (PartFolder part : parts)
            for (String sample : part.manifest.selected())
                if (!selected.add(sample))
                    throw new UsageException(
                            "The sample %s of %s is in an earlier part, too; expected it once.", sample, part.folder);
        List<String> unselected = parts.get(0).manifest.samples().stream()
                .filter(sample -> !selected.contains(sample))
                .toList();
        if (!unselected.isEmpty())
            throw new UsageException(
                    "%s in no part; expected the folders of all parts, unchanged.",
                    named("Sample", unselected) + (unselected.size() == 1 ? " is" : " are"));
    }

    /** {@code Samples 3, 5, 8 and 20 more}. */
    private static String named(String noun, List<String> names) {
        int shown = Math.min(3, names.size());
        return noun
                + (names.size() == 1 ? " " : "s ")
                + String.join(", ", names.subList(0, shown))
                + (shown < names.size() ? " and " + (names.size() - shown) + " more" : "");
    }

    /** The scores of a part, of which every sample has one for each model. */
    private static List<Score> scores(PartFolder part) {
        Map<String, EvaluationManifest.Row> rows =
                part.manifest.rows().stream().collect(Collectors.toMap(EvaluationManifest.Row::name, row -> row));
        Set<String> selected = Set.copyOf(part.manifest.selected());
        Map<List<Object>, Score> latest = new LinkedHashMap<>(), judged = new HashMap<>();
        for (Score score : ScoreLog.open(part.folder.resolve("scores.jsonl")).all()) {
            EvaluationManifest.Row row = rows.get(score.row());
            if (row == null || !selected.contains(score.sample())) continue;
            if (score.provenance().equals(row.judge())) judged.put(keyOfOutput(score), score);
            if (!score.provenance().equals(row.provenance())) continue;
            List<Object> key = List.of(score.row(), score.sample(), score.turn());
            latest.remove(key);
            latest.put(key, score); // of an output that was replaced, the last one counts
        }
        for (EvaluationManifest.Row row : part.manifest.rows()) {
            if (row.baseline()) continue;
            Set<String> scored = latest.values().stream()
                    .filter(score -> score.row().equals(row.name()))
                    .map(Score::sample)
                    .collect(Collectors.toSet());
            List<String> missing = part.manifest.selected().stream()
                    .filter(sample -> !scored.contains(sample))
                    .toList();
            if (!missing.isEmpty())
                throw new UsageException(
                        "%s is not complete: %s of '%s' %s no score; run mige eval again for part %s.",
                        part.folder,
                        named("sample", missing),
                        row.name(),
                        missing.size() == 1 ? "has" : "have",
                        part.manifest.part());
        }
        if (!part.manifest.completed())
            throw new UsageException(
                    "%s is not complete: it was stopped; run mige eval again for part %s.",
                    part.folder, part.manifest.part());
        return latest.values().stream()
                .map(score -> Optional.ofNullable(judged.get(keyOfOutput(score)))
                        .map(judgement -> score.with(judgement.metrics()))
                        .orElse(score))
                .toList();
    }

    private static List<Object> keyOfOutput(Score score) {
        return List.of(score.row(), score.sample(), score.turn(), score.output());
    }

    /** By sample in the order of the benchmark, as one evaluation of the whole has them. */
    private static List<Score> inOrder(List<Score> scores, EvaluationManifest manifest) {
        Map<String, Integer> samples = positions(manifest.samples()), rows = positions(manifest.rowNames());
        return scores.stream()
                .sorted(Comparator.comparing((Score score) -> samples.get(score.sample()))
                        .thenComparing(score -> rows.get(score.row()))
                        .thenComparing(Score::turn))
                .toList();
    }

    private static Map<String, Integer> positions(List<String> names) {
        Map<String, Integer> positions = new HashMap<>();
        for (String name : names) positions.put(name, positions.size());
        return positions;
    }

    private static EvaluationResult write(List<PartFolder> parts, List<Score> scores, Path output) {
        EvaluationManifest first = parts.get(0).manifest;
        Map<String, String> metadata = new LinkedHashMap<>(first.description().metadata());
        metadata.remove("part");
        metadata.put(
                "machine",
                parts.stream()
                        .map(part -> part.manifest.description().metadata().getOrDefault("machine", "unknown"))
                        .distinct()
                        .collect(Collectors.joining("; ")));
        metadata.put("parts", String.valueOf(parts.size()));
        try {
            Files.createDirectories(output);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(output, e);
        }
        Path log = output.resolve("scores.jsonl");
        AtomicFile.write(log, "");
        JsonLines.append(log, scores);
        return EvaluationReports.write(
                output,
                new EvaluationReports.Content(
                        EvaluationManifest.Description.of(first.description(), metadata),
                        metadata,
                        first.rowNames(),
                        first.modelCount(),
                        scores),
                shown(parts, scores),
                true);
    }

    /** The first samples of each suite in the order of the whole. */
    private static List<SampleLog.Shown> shown(List<PartFolder> parts, List<Score> scores) {
        EvaluationManifest manifest = parts.get(0).manifest;
        Map<String, Integer> positions = positions(manifest.samples());
        List<SampleLog.Shown> all = new ArrayList<>();
        for (PartFolder part : parts)
            all.addAll(SampleLog.read(part.folder, manifest.description().suites(), scores));
        all.removeIf(shown -> !positions.containsKey(shown.id()));
        all.sort(Comparator.comparing((SampleLog.Shown shown) -> positions.get(shown.id()))
                .thenComparing(SampleLog.Shown::turn));
        Map<String, Set<String>> idsBySuite = new HashMap<>();
        List<SampleLog.Shown> first = new ArrayList<>();
        for (SampleLog.Shown shown : all) {
            Set<String> ids = idsBySuite.computeIfAbsent(shown.sample().suite().label(), suite -> new HashSet<>());
            ids.add(shown.id());
            if (ids.size() <= manifest.reportSamplesPerSuite()) first.add(shown);
        }
        return first;
    }
}

package mige.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import mige.data.Corpus;
import mige.data.Item;
import mige.image.Picture;
import mige.pipeline.Mige;
import mige.pipeline.Settings;
import mige.task.Task;
import mige.tensor.UsageException;
import mige.train.Watch;

/**
 * Evaluates models on nano-MIGEBench: the first questions of each suite, in order, through each model and the framing rows.
 *
 * <p>Into the output folder go {@code scores.jsonl} (a line an answer, from which a stopped evaluation goes on),
 * {@code answers/MODEL/QUESTION.png}, and at the end {@code table.txt}, {@code summary.json} and {@code index.html}. Several
 * models stand in one table; the first one's autoencoder makes the oracle row, and its picture size is the bench's.
 */
public final class NanoEvaluation {

    /** Drawings in a line-up. */
    static final int LINEUP = 50;

    private NanoEvaluation() {}

    /**
     * @param models   folders of models by the names of their rows; empty: the embedded one, as {@code nano}
     * @param items    questions of each suite, from the first on; 1 or more
     * @param suites   which suites; empty: all
     * @param settings for all requests; the seed is mixed with each question's
     * @param pair     folder of the evaluation pair; empty: figures that need one are left out
     * @param corpus   folder of the fetched drawings
     * @param out      output folder, made where it is missing
     * @param shown    questions of each suite whose pictures stand on the page
     */
    public record Config(Map<String, Path> models, int items, Set<Suite> suites, Settings settings, Optional<Path> pair, Path corpus, Path out, int shown) {
        public Config {
            models = new LinkedHashMap<>(models);
            suites = suites.isEmpty() ? EnumSet.allOf(Suite.class) : EnumSet.copyOf(suites);
            if (items < 1) throw new UsageException("%d questions of each suite are asked for, expected at least 1", items);
            if (shown < 0) throw new UsageException("pictures of %d questions are to be shown, expected at least 0", shown);
        }
    }

    /**
     * What came out.
     *
     * @param complete false when it was stopped; the summary then holds what was done
     * @param table    the summary as plain text
     */
    public record Outcome(boolean complete, Summary summary, String table, Path page, Path json) {}

    /** Runs all of it; {@code watch} hears after each question and may end it. */
    public static Outcome run(Config config, Watch watch) {
        List<Mige> open = new ArrayList<>();
        try {
            List<Entrant> models = new ArrayList<>();
            if (config.models.isEmpty()) {
                open.add(Mige.embedded());
                models.add(Entrant.of(open.get(0).name(), open.get(0), config.settings));
            }
            config.models.forEach((name, folder) -> {
                open.add(Mige.open(folder));
                models.add(Entrant.of(name, open.get(open.size() - 1), config.settings));
            });
            Optional<Embedder> pair = config.pair.map(EvaluationPair::open);
            Corpus corpus = Corpus.open(config.corpus, open.get(0).size());
            List<Question> questions = new ArrayList<>();
            for (Suite suite : config.suites) questions.addAll(Question.nano(suite, config.items));
            Plan plan = new Plan(questions, models, Entrant.oracle(open.get(0)), config.settings.seed(), LINEUP, config.out, config.shown);
            return run(plan, corpus, pair, watch);
        } finally {
            open.forEach(Mige::close);
        }
    }

    /** The same with all its parts given. */
    record Plan(List<Question> questions, List<Entrant> models, Entrant oracle, long seed, int lineup, Path out, int shown) {}

    static Outcome run(Plan plan, Corpus corpus, Optional<Embedder> pair, Watch watch) {
        List<Entrant> rows = new ArrayList<>(plan.models);
        rows.addAll(List.of(Entrant.COPY_SOURCE, plan.oracle, Entrant.BLANK));
        List<String> names = rows.stream().map(Entrant::name).toList();
        if (new HashSet<>(names).size() < names.size()) throw new UsageException("The rows %s do not all have names of their own; rename a model.", names);
        try {
            Files.createDirectories(plan.out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Scores scores = Scores.open(plan.out.resolve("scores.jsonl"));
        Run run = new Run(plan, rows, corpus, new Judge(corpus, pair, plan.lineup), pair.map(Embedder::name).orElse("no pair"), scores, new Answers(plan.out.resolve("answers")));
        boolean complete = run.all(watch);
        Summary summary = Summary.of(about(plan, corpus, pair), names, plan.models.size(), run.taken());
        String table = Table.text(summary);
        Path page = plan.out.resolve("index.html"), json = plan.out.resolve("summary.json");
        write(page, Page.html(summary, run.shown()));
        write(json, summary.json());
        write(plan.out.resolve("table.txt"), table);
        return new Outcome(complete, summary, table, page, json);
    }

    private static Map<String, String> about(Plan plan, Corpus corpus, Optional<Embedder> pair) {
        Map<String, String> about = new LinkedHashMap<>();
        for (Entrant model : plan.models) about.put("model " + model.name(), model.madeBy());
        about.put("pictures", corpus.size() + " x " + corpus.size());
        about.put("seed", String.valueOf(plan.seed));
        about.put("evaluation pair", pair.map(Embedder::name).orElse("none: not measured are " + String.join(", ",
                Arrays.stream(Figure.values()).filter(Figure::needsPair).filter(f -> f != Figure.SUCCESS).map(Figure::title).toList()) + ", and success where pixels do not decide it"));
        about.put("machine", Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return about;
    }

    private static void write(Path file, String text) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One pass over the questions. */
    private record Run(Plan plan, List<Entrant> rows, Corpus corpus, Judge judge, String pair, Scores scores, Answers answers) {

        boolean all(Watch watch) {
            List<Question> todo = plan.questions.stream().filter(q -> rows.stream().anyMatch(row -> lacks(q, row))).toList();
            int done = plan.questions.size() - todo.size();
            long began = System.nanoTime();
            if (!todo.isEmpty()) warmUp(todo.get(0));
            for (int i = 0; i < todo.size(); i++) {
                long start = System.nanoTime();
                ask(todo.get(i));
                double each = (System.nanoTime() - began) / 1e9 / (i + 1);
                boolean on = watch.step(done + i + 1, plan.questions.size(), Duration.ofSeconds(Math.round(each * (todo.size() - i - 1))),
                        Map.of("seconds_a_question", (System.nanoTime() - start) / 1e9));
                if (!on && i + 1 < todo.size()) return false;
            }
            return true;
        }

        /** The first request of a model waits for its weights and the compiler: it is not timed. */
        private void warmUp(Question question) {
            Task task = Entrant.task(corpus.render(question.turns().get(0)), Optional.empty());
            for (Entrant model : plan.models) if (lacks(question, model)) model.answer(task, null, plan.seed);
        }

        private boolean lacks(Question question, Entrant row) {
            return takesPart(row, question.suite()) && !scores.has(row.name(), conditions(row), question.id(), question.turns().size() - 1);
        }

        private boolean takesPart(Entrant row, Suite suite) {
            return row == Entrant.COPY_SOURCE ? !suite.generates() : row != Entrant.BLANK || suite.generates();
        }

        private String conditions(Entrant row) {
            return "%s; %s; seed %d; pair %s; %d in the line-up".formatted(row.madeBy(), size(), plan.seed, pair, plan.lineup);
        }

        private String size() {
            return corpus.size() + " pixels";
        }

        private String made(Entrant row) {
            return row.madeBy() + "; " + size() + "; seed " + plan.seed;
        }

        private void ask(Question question) {
            List<Entrant> asked = rows.stream().filter(row -> lacks(question, row)).toList();
            Map<Entrant, Picture> before = new HashMap<>();
            List<Score> measured = new ArrayList<>();
            for (int turn = 0; turn < question.turns().size(); turn++) {
                Item item = question.turns().get(turn);
                Judge.Case judged = judge.open(item);
                for (Entrant row : asked) {
                    Task task = Entrant.task(judged.truth(), Optional.ofNullable(before.get(row)));
                    Optional<Answers.Kept> answer = answer(row, question, turn, task, judged);
                    if (answer.isEmpty()) continue;
                    Picture picture = answer.get().picture();
                    before.put(row, picture);
                    Map<Figure, Double> figures = judged.measure(picture, task.canvas());
                    if (row.model() && Double.isFinite(answer.get().seconds())) figures.put(Figure.SECONDS, answer.get().seconds());
                    measured.add(new Score(row.name(), conditions(row), question.id(), turn, question.suite(), item.kind(), item.split(), figures));
                }
            }
            scores.add(measured);
        }

        private Optional<Answers.Kept> answer(Entrant row, Question question, int turn, Task task, Judge.Case judged) {
            if (!row.model()) return row.answer(task, judged.truth(), seed(question)).map(p -> new Answers.Kept(Entrant.like(p, judged.truth().target()), Double.NaN));
            Optional<Answers.Kept> kept = answers.find(row.name(), made(row), question.id(), turn);
            if (kept.isPresent()) return kept;
            long start = System.nanoTime();
            Picture picture = row.answer(task, judged.truth(), seed(question)).orElseThrow();
            Answers.Kept answer = new Answers.Kept(Entrant.like(picture, judged.truth().target()), (System.nanoTime() - start) / 1e9);
            answers.keep(row.name(), made(row), question.id(), turn, answer);
            return Optional.of(answer);
        }

        private long seed(Question question) {
            return plan.seed + (question.id().hashCode() & 0xffffffffL);
        }

        /** Scores of the questions, rows and conditions of this run: the file may hold others. */
        List<Score> taken() {
            Set<String> questions = new HashSet<>(plan.questions.stream().map(Question::id).toList()), conditions = new HashSet<>();
            for (Entrant row : rows) conditions.add(row.name() + "\n" + conditions(row));
            return scores.all().stream().filter(s -> questions.contains(s.question()) && conditions.contains(s.row() + "\n" + s.madeBy())).toList();
        }

        List<Page.Shown> shown() {
            List<Page.Shown> shown = new ArrayList<>();
            Map<Suite, Integer> count = new HashMap<>();
            List<Score> taken = taken();
            for (Question question : plan.questions) {
                if (lacks(question, plan.models.get(0)) || count.merge(question.suite(), 1, Integer::sum) > plan.shown) continue;
                for (int turn = 0; turn < question.turns().size(); turn++) {
                    Item item = question.turns().get(turn);
                    var example = corpus.render(item);
                    Map<String, Optional<Picture>> pictures = new LinkedHashMap<>();
                    Map<String, Score> marks = new HashMap<>();
                    int at = turn;
                    for (Entrant model : plan.models) pictures.put(model.name(), answers.find(model.name(), made(model), question.id(), at).map(Answers.Kept::picture));
                    for (Score s : taken) if (s.question().equals(question.id()) && s.turn() == at) marks.put(s.row(), s);
                    shown.add(new Page.Shown(question.id() + (question.turns().size() > 1 ? ", turn " + (turn + 1) : ""), question.suite(), item.kind().label(),
                            item.split().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '), item.text(), example.references(), example.target(), pictures, marks));
                }
            }
            return shown;
        }
    }
}

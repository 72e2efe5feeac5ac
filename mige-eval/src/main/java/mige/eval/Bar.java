package mige.eval;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A figure that the project set itself to reach, with the suites it is taken over.
 *
 * @param what   in words
 * @param figure what is averaged
 * @param suites over which questions
 * @param which  over which of their scores
 * @param beside the row whose mean divides the model's, over the same questions; empty: none does
 * @param limit  the bar
 */
public record Bar(String what, Figure figure, Set<Suite> suites, Predicate<Score> which, Optional<String> beside, double limit) {

    private static final Set<Suite> GENERATION = Set.of(Suite.SUBJECT_ONE, Suite.SUBJECT_MANY), EDIT = Set.of(Suite.EDIT),
            SUBJECT_EDIT = Set.of(Suite.SUBJECT_ADD, Suite.SUBJECT_REPLACE);
    private static final Predicate<Score> ALL = score -> true, UNSEEN = Score::unseenSubject;

    /** The project's bars. Unseen subjects are things or styles that no training picture holds. */
    public static final List<Bar> ALL_BARS = List.of(
            new Bar("edit: L1 outside the mask, relative to the oracle's", Figure.L1_OUTSIDE, EDIT, ALL, Optional.of("oracle"), 1.5),
            new Bar("edit: L1 inside the mask, relative to copy-source's", Figure.L1_INSIDE, EDIT, ALL, Optional.of("copy-source"), 0.6),
            new Bar("edit: success", Figure.SUCCESS, EDIT, ALL, Optional.empty(), 0.70),
            new Bar("subject generation: identity among 50, seen subjects", Figure.IDENTITY, GENERATION, UNSEEN.negate(), Optional.empty(), 0.60),
            new Bar("subject generation: identity among 50, unseen subjects", Figure.IDENTITY, GENERATION, UNSEEN, Optional.empty(), 0.40),
            new Bar("subject generation: scene recognised", Figure.SCENE, GENERATION, ALL, Optional.empty(), 0.80),
            new Bar("subject add/replace: success", Figure.SUCCESS, SUBJECT_EDIT, ALL, Optional.empty(), 0.60),
            new Bar("subject add/replace: identity among 50, seen subjects", Figure.IDENTITY, SUBJECT_EDIT, UNSEEN.negate(), Optional.empty(), 0.60),
            new Bar("subject add/replace: identity among 50, unseen subjects", Figure.IDENTITY, SUBJECT_EDIT, UNSEEN, Optional.empty(), 0.40),
            new Bar("seconds a picture", Figure.SECONDS, Set.of(Suite.values()), ALL, Optional.empty(), 3.0));

    /** Whether a row reached a bar; the estimate is empty when nothing was measured. */
    public record Verdict(Bar bar, String row, Optional<Estimate> estimate) {

        public boolean reached() {
            return estimate.isPresent() && (bar.figure.rises() ? estimate.get().value() >= bar.limit : estimate.get().value() <= bar.limit);
        }

        /** Whether the whole 95 % interval lies on the good side, so that it is no luck of these questions. */
        public boolean surely() {
            return estimate.isPresent() && (bar.figure.rises() ? estimate.get().low() >= bar.limit : estimate.get().high() <= bar.limit);
        }

        /** reached, missed, or not measured. */
        public String word() {
            return estimate.isEmpty() ? "not measured" : reached() ? surely() ? "reached" : "reached, within chance" : "missed";
        }
    }

    /** {@code ≤ 1.50 ×}, {@code ≥ 70.0 %}. */
    public String limitText() {
        return (figure.rises() ? "≥ " : "≤ ") + show(limit);
    }

    String show(double value) {
        return beside.isEmpty() ? figure.show(value) : Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, "%.2f ×", value);
    }

    Verdict judge(String row, Collection<Score> scores) {
        Map<String, Double> below = new HashMap<>();
        if (beside.isPresent()) for (Score score : taken(beside.get(), scores)) below.put(score.question() + "/" + score.turn(), score.figures().get(figure));
        List<Double> values = new ArrayList<>(), divisors = new ArrayList<>();
        for (Score score : taken(row, scores)) {
            Double divisor = beside.isEmpty() ? Double.valueOf(1) : below.get(score.question() + "/" + score.turn());
            if (divisor == null) continue;
            values.add(score.figures().get(figure));
            divisors.add(divisor);
        }
        return new Verdict(this, row, values.isEmpty() ? Optional.empty() : Optional.of(Estimate.ratio(array(values), array(divisors))));
    }

    private List<Score> taken(String row, Collection<Score> scores) {
        return scores.stream().filter(s -> s.row().equals(row) && suites.contains(s.suite()) && which.test(s) && s.figures().containsKey(figure)).toList();
    }

    static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}

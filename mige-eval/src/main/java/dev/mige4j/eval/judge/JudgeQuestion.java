package dev.mige4j.eval.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A question about an output, whose answer is a JSON object with one score for each criterion.
 *
 * @param introduction what is judged
 * @param showsInputs whether the judge sees the images that the model was given; the output is always shown
 * @param min lowest score
 * @param max highest score
 */
record JudgeQuestion(String introduction, boolean showsInputs, int min, int max, List<Criterion> criteria) {

    /**
     * What a score means.
     *
     * @param key its name in the answer
     * @param scale what the lowest and the highest score stand for
     */
    record Criterion(String key, String scale) {}

    JudgeQuestion {
        criteria = List.copyOf(criteria);
    }

    /** The text of the question, with the form of the answer. */
    String text(JudgeItem item) {
        String scales = criteria.stream()
                .map(criterion -> "- " + criterion.key + ": " + criterion.scale)
                .collect(Collectors.joining("\n"));
        String form = criteria.stream()
                .map(criterion -> "\"" + criterion.key + "\": SCORE")
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%s%s%n%nGive a whole number from %d to %d for each criterion:%n%s%n%nAnswer with one JSON object and"
                        + " nothing else: {\"reasoning\": \"at most 30 words\", %s}",
                introduction,
                showsInputs ? "\n\nInstruction: " + item.instruction() : "",
                min,
                max,
                scales,
                form);
    }

    /**
     * Reads the scores of an answer, in the order of the criteria.
     *
     * @throws JudgeAnswerException when it is anything but a JSON object with a number in the range for each of them; a
     *     code block around it is allowed
     */
    List<Double> parse(String answer) throws JudgeAnswerException {
        JsonNode json;
        try {
            json = JsonAnswer.parse(answer);
        } catch (JsonProcessingException e) {
            throw new JudgeAnswerException("is not JSON", e);
        }
        if (!json.isObject()) throw new JudgeAnswerException("is not a JSON object", null);
        List<Double> scores = new ArrayList<>();
        for (Criterion criterion : criteria) {
            JsonNode score = json.path(criterion.key);
            if (!score.isNumber() || !(score.doubleValue() >= min && score.doubleValue() <= max))
                throw new JudgeAnswerException(
                        String.format(Locale.ROOT, "has no number from %d to %d for '%s'", min, max, criterion.key),
                        null);
            scores.add(score.doubleValue());
        }
        return scores;
    }
}

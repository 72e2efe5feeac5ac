package dev.mige4j.eval.judge;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.ChatModel;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Asks a vision-language model to score outputs. The images are sent to the provider of the model, as PNG files.
 *
 * <p>An answer without scores is asked for once more; if the second has none either, the metrics of the item are
 * missing with that reason. Safe for use by several threads if the model is.
 */
public final class ImageJudge {

    private static final int ATTEMPTS = 2;

    private final ChatModel model;
    private final String name;
    private final JudgeProtocol protocol;

    /**
     * @param model must accept images
     * @param name the name of the model, which the scores are recorded with
     */
    public ImageJudge(ChatModel model, String name, JudgeProtocol protocol) {
        this.model = UsageException.requireNonNull(model, "model");
        this.name = UsageException.requireNonNull(name, "name");
        this.protocol = UsageException.requireNonNull(protocol, "protocol");
    }

    /** Identifies the model and the protocol: scores of different judges are not mixed. */
    public String provenance() {
        return "judge " + name + ", " + protocol.label();
    }

    /** The metrics that it gives each item. */
    public List<Metric> metrics() {
        return protocol.metrics();
    }

    /**
     * Scores an output. Each metric has a number, or all have the same reason why there is none.
     *
     * @throws JudgeUnavailableException when the provider fails
     * @throws UsageException when the provider does not accept the key, or does not know the model
     */
    public Map<Metric, MetricValue> judge(JudgeItem item) {
        List<JudgeQuestion> questions = protocol.questions(item);
        if (questions.isEmpty()) return missing(protocol.label() + " judges edits only");
        List<List<Double>> answers = new ArrayList<>();
        try {
            for (JudgeQuestion question : questions) answers.add(ask(question, item));
        } catch (JudgeAnswerException e) {
            return missing("the judge's answer " + e.getMessage());
        }
        Map<Metric, MetricValue> values = new EnumMap<>(Metric.class);
        protocol.metrics(answers).forEach((metric, number) -> values.put(metric, MetricValue.of(number)));
        return values;
    }

    /** All metrics of an item that cannot be judged. */
    public Map<Metric, MetricValue> missing(String reason) {
        Map<Metric, MetricValue> values = new EnumMap<>(Metric.class);
        for (Metric metric : protocol.metrics()) values.put(metric, MetricValue.missing(reason));
        return values;
    }

    private List<Double> ask(JudgeQuestion question, JudgeItem item) throws JudgeAnswerException {
        List<ChatMessage> messages = new ArrayList<>(List.of(UserMessage.from(contents(question, item))));
        for (int attempt = 1; ; attempt++) {
            String answer = chat(messages);
            try {
                return question.parse(answer);
            } catch (JudgeAnswerException e) {
                if (attempt == ATTEMPTS) throw e;
                if (answer != null && !answer.isBlank()) messages.add(AiMessage.from(answer));
                messages.add(UserMessage.from("Your answer " + e.getMessage()
                        + ". Answer with the JSON object alone, as described in the question."));
            }
        }
    }

    private String chat(List<ChatMessage> messages) throws JudgeAnswerException {
        try {
            return model.chat(messages).aiMessage().text();
        } catch (AuthenticationException e) {
            throw new UsageException("The judge %s does not accept the key: %s", name, ProviderFailure.reason(e), e);
        } catch (ModelNotFoundException e) {
            throw new UsageException(
                    "The judge's provider does not know the model %s: %s", name, ProviderFailure.reason(e), e);
        } catch (ContentFilteredException e) {
            throw new JudgeAnswerException("is a refusal: " + ProviderFailure.reason(e), e);
        } catch (RuntimeException e) {
            throw new JudgeUnavailableException("failed: " + ProviderFailure.reason(e), e);
        }
    }

    private static List<Content> contents(JudgeQuestion question, JudgeItem item) {
        List<Content> contents = new ArrayList<>(List.of(TextContent.from(question.text(item))));
        if (question.showsInputs())
            for (int i = 0; i < item.images().size(); i++) {
                String role = item.isEdit() && i == 0 ? ", the source" : "";
                contents.add(TextContent.from("Image " + (i + 1) + role + ":"));
                contents.add(content(item.images().get(i)));
            }
        contents.add(TextContent.from("The result:"));
        contents.add(content(item.output()));
        return contents;
    }

    private static Content content(Image image) {
        return ImageContent.from(Base64.getEncoder().encodeToString(image.toPng()), "image/png");
    }
}

package dev.mige4j.photos.naming;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.judge.ProviderFailure;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.stage.StageResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Asks a vision-language model questions about images whose answers have a schema.
 *
 * <p>An answer of another form is returned to the model with what is wrong, {@value #MAX_ANSWERS} answers in all. A
 * request that fails for a while (busy, too many requests, no answer in time) is sent again after 1, 2, 4 and 8
 * seconds. All answers are kept in a folder, wrong ones too: the same question about the same images is never sent to
 * the same model again. Images go to the provider as PNG files of at most {@value #MAX_SIDE} pixels. Safe for use by
 * several threads if the model is.
 */
public final class SchemaChat {

    static final int MAX_ANSWERS = 3;
    private static final int MAX_REQUESTS = 5, MAX_SIDE = 768;

    private final ChatModel model;
    private final String name;
    private final AnswerCache cache;
    private final ChatBudget budget;
    private final Duration firstWait;

    /**
     * @param model must accept images
     * @param name of the model; answers are kept by it
     * @param cache folder of the answers
     */
    public SchemaChat(ChatModel model, String name, Path cache, ChatBudget budget) {
        this(model, name, cache, budget, Duration.ofSeconds(1));
    }

    /** @param firstWait before a failed request is sent again; each further wait is twice as long */
    SchemaChat(ChatModel model, String name, Path cache, ChatBudget budget, Duration firstWait) {
        this.model = UsageException.requireNonNull(model, "model");
        this.name = UsageException.requireNonNull(name, "name");
        this.cache = new AnswerCache(UsageException.requireNonNull(cache, "cache"));
        this.budget = UsageException.requireNonNull(budget, "budget");
        this.firstWait = firstWait;
    }

    /**
     * The answer to a question, or why there is none: {@code chat_refused} or {@code chat_answer}.
     *
     * @throws UsageException when the budget is used up, or the provider fails for good
     */
    StageResult<JsonNode> ask(AnswerSchema schema, String question, List<Image> images) {
        List<ChatMessage> messages = new ArrayList<>();
        messages.add(UserMessage.from(contents(question + "\n\n" + schema.instructions(), images)));
        for (int answers = 1; ; answers++) {
            Optional<String> answer = answer(messages, schema);
            if (answer.isEmpty())
                return StageResult.dropped("chat_refused", "The model %s refuses to answer about this image.", name);
            try {
                return StageResult.kept(schema.read(answer.get()));
            } catch (AnswerException e) {
                if (answers == MAX_ANSWERS)
                    return StageResult.dropped(
                            "chat_answer",
                            "The answer of the model %s %s, also when asked %d times.",
                            name,
                            e.getMessage(),
                            MAX_ANSWERS);
                if (!answer.get().isBlank()) messages.add(AiMessage.from(answer.get()));
                messages.add(UserMessage.from(
                        "Your answer " + e.getMessage() + ". Answer with the JSON object alone, as described above."));
            }
        }
    }

    /** From the cache, or else from the model; empty when it refuses. */
    private Optional<String> answer(List<ChatMessage> messages, AnswerSchema schema) {
        String key = key(messages);
        Optional<String> known = cache.get(key);
        if (known.isPresent()) return known;
        ChatRequest.Builder request = ChatRequest.builder().messages(messages);
        if (model.supportedCapabilities().contains(Capability.RESPONSE_FORMAT_JSON_SCHEMA))
            request.responseFormat(schema.responseFormat());
        try {
            String answer = send(request.build());
            cache.put(key, name, answer);
            return Optional.of(answer);
        } catch (ContentFilteredException e) {
            return Optional.empty();
        }
    }

    private String send(ChatRequest request) {
        Duration wait = firstWait;
        for (int requests = 1; ; requests++) {
            budget.spendRequest();
            try {
                ChatResponse response = model.chat(request);
                budget.addTokens(response.tokenUsage());
                String text = response.aiMessage().text();
                return text == null ? "" : text;
            } catch (ContentFilteredException e) {
                throw e;
            } catch (RuntimeException e) {
                if (!(e instanceof RetriableException) || requests == MAX_REQUESTS)
                    throw new UsageException(
                            "The model %s failed: %s. Its answers so far are kept; run the same command again to go"
                                    + " on.",
                            name, ProviderFailure.reason(e), e);
                sleep(wait);
                wait = wait.multipliedBy(2);
            }
        }
    }

    private static void sleep(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("The wait for the chat model was interrupted.");
        }
    }

    private static List<Content> contents(String text, List<Image> images) {
        List<Content> contents = new ArrayList<>(List.of(TextContent.from(text)));
        for (Image image : images)
            contents.add(ImageContent.from(
                    Base64.getEncoder().encodeToString(limitSide(image).toPng()), "image/png"));
        return contents;
    }

    private static Image limitSide(Image image) {
        int longest = Math.max(image.width(), image.height());
        if (longest <= MAX_SIDE) return image;
        return Resampling.BICUBIC.resize(
                image,
                Math.max(1, Math.round(image.width() * (float) MAX_SIDE / longest)),
                Math.max(1, Math.round(image.height() * (float) MAX_SIDE / longest)));
    }

    /** The checksum of the model's name and all texts and images so far. */
    private String key(List<ChatMessage> messages) {
        List<String> parts = new ArrayList<>(List.of(name));
        for (ChatMessage message : messages)
            if (message instanceof AiMessage own) parts.add(own.text());
            else
                for (Content content : ((UserMessage) message).contents())
                    parts.add(
                            content instanceof ImageContent image
                                    ? image.image().base64Data()
                                    : ((TextContent) content).text());
        return Sha256.hex(Json.write(parts).getBytes(StandardCharsets.UTF_8));
    }
}

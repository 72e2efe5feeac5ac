package dev.mige4j.photos.naming;

import static dev.mige4j.photos.naming.NamingTest.cutOut;
import static dev.mige4j.photos.naming.NamingTest.kept;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.TokenUsage;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.stage.StageResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaChatTest {

    private static final String DOG = "{\"complete\": true, \"name\": \"a dog\"}",
            HALF = "{\"complete\": false, \"name\": \"dog\"}";

    /** Gives prepared answers in turn, or throws the prepared exceptions; each answer takes 10 tokens. */
    private static final class PreparedModel implements ChatModel {
        final List<ChatRequest> requests = new ArrayList<>();
        private final Queue<Object> answers;
        private final Set<Capability> capabilities;

        PreparedModel(Set<Capability> capabilities, Object... answers) {
            this.capabilities = capabilities;
            this.answers = new ArrayDeque<>(Arrays.asList(answers));
        }

        @Override
        public Set<Capability> supportedCapabilities() {
            return capabilities;
        }

        @Override
        public ChatResponse doChat(ChatRequest request) {
            requests.add(request);
            Object answer = answers.remove();
            if (answer instanceof RuntimeException failure) throw failure;
            return ChatResponse.builder()
                    .aiMessage(AiMessage.from((String) answer))
                    .tokenUsage(new TokenUsage(7, 3))
                    .build();
        }
    }

    @TempDir
    Path cache;

    private final ChatBudget budget = new ChatBudget(100, 1000);

    private static PreparedModel model(Object... answers) {
        return new PreparedModel(Set.of(), answers);
    }

    private SchemaChat chat(ChatModel model, ChatBudget budget) {
        return new SchemaChat(model, "m", cache, budget, Duration.ZERO);
    }

    private StageResult<NamedObject> name(ChatModel model, String category) {
        return new ChatNamer(chat(model, budget)).apply(cutOut("a.jpg", 0, 0, category));
    }

    private static String text(ChatRequest request, int message) {
        return ((TextContent) ((UserMessage) request.messages().get(message))
                        .contents()
                        .get(0))
                .text();
    }

    private static void assertDropped(String reason, String explanation, StageResult<?> result) {
        StageResult.Dropped<?> dropped = assertInstanceOf(StageResult.Dropped.class, result);
        assertEquals(reason, dropped.reason());
        assertEquals(explanation, dropped.explanation());
    }

    @Test
    void namesAnObjectAndShowsItOnWhite() {
        PreparedModel model = model("```json\n" + DOG + "\n```");
        assertEquals("dog", kept(name(model, "animal")).name());
        UserMessage question = (UserMessage) model.requests.get(0).messages().get(0);
        assertTrue(text(model.requests.get(0), 0).contains("labelled it 'animal'"));
        String image = ((ImageContent) question.contents().get(1)).image().base64Data();
        assertEquals(
                Image.filled(4, 4, 0xffffff), Image.read(Base64.getDecoder().decode(image), "sent"));
    }

    @Test
    void dropsAnObjectThatIsNotComplete() {
        assertDropped("incomplete", "The object 'dog' is not complete, says the chat model.", name(model(HALF), null));
    }

    @Test
    void dropsAnObjectWithoutAName() {
        assertDropped(
                "unnamed",
                "The chat model calls the object '???', expected one to five words.",
                name(model("{\"complete\": true, \"name\": \"???\"}"), null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a dog | is not JSON",
                "[1] | is not a JSON object",
                "{\"complete\": true} | has no 'name' that is its name in one to five English words without article",
                "{\"complete\": \"yes\", \"name\": \"dog\"} | has no true or false for 'complete'",
                "{\"complete\": true, \"name\": \"dog\", \"x\": 1} | has the unknown field 'x'"
            })
    void returnsAnAnswerOfAnotherFormWithWhatIsWrong(String answer, String fault) {
        PreparedModel model = model(answer, DOG);
        assertEquals("dog", kept(name(model, null)).name());
        ChatRequest second = model.requests.get(1);
        assertEquals(AiMessage.from(answer), second.messages().get(1));
        assertEquals(
                "Your answer " + fault + ". Answer with the JSON object alone, as described above.", text(second, 2));
    }

    @Test
    void givesUpAfterThreeAnswersOfAnotherForm() {
        assertDropped(
                "chat_answer",
                "The answer of the model m is not JSON, also when asked 3 times.",
                name(model("a", "b", "c"), null));
    }

    @Test
    void dropsAnObjectThatTheModelRefuses() {
        assertDropped(
                "chat_refused",
                "The model m refuses to answer about this image.",
                name(model(new ContentFilteredException("no")), null));
    }

    @Test
    void neverPaysForAnAnswerTwiceNotEvenForAWrongOne() {
        name(model("wrong", DOG), null);
        PreparedModel again = model();
        assertEquals("dog", kept(name(again, null)).name());
        assertTrue(again.requests.isEmpty());
        assertEquals(2, budget.requests());
        assertEquals(20, budget.tokens());
    }

    @Test
    void asksAgainWhenTheQuestionIsAnother() {
        name(model(DOG), null);
        PreparedModel other = model(DOG);
        name(other, "animal");
        assertEquals(1, other.requests.size());
    }

    @Test
    void saysWhichFileOfTheCacheIsDamaged() throws IOException {
        name(model(DOG), null);
        Path file;
        try (Stream<Path> files = Files.walk(cache)) {
            file = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        Files.writeString(file, "{}");
        UsageException e = assertThrows(UsageException.class, () -> name(model(), null));
        assertEquals(file + " has no string 'answer'; delete the file to ask the model again.", e.getMessage());
    }

    @Test
    void sendsARequestAgainWhenTheProviderIsBusy() {
        PreparedModel model = model(new RateLimitException("slow down"), new RateLimitException("slow down"), DOG);
        assertEquals("dog", kept(name(model, null)).name());
        assertEquals(3, budget.requests());
    }

    @Test
    void endsTheRunWhenTheProviderStaysBusy() {
        RateLimitException busy = new RateLimitException("slow down");
        UsageException e = assertThrows(UsageException.class, () -> name(model(busy, busy, busy, busy, busy), null));
        assertEquals(
                "The model m failed: slow down. Its answers so far are kept; run the same command again to go on.",
                e.getMessage());
    }

    @Test
    void doesNotRepeatARequestWithAWrongKey() {
        PreparedModel model = model(new AuthenticationException("wrong key"));
        assertThrows(UsageException.class, () -> name(model, null));
        assertEquals(1, model.requests.size());
    }

    @Test
    void endsTheRunWhenTheBudgetIsUsedUp() {
        ChatNamer twoRequests = new ChatNamer(chat(model(DOG, DOG), new ChatBudget(2, 1000)));
        twoRequests.apply(cutOut("a.jpg", 0, 0, "a"));
        twoRequests.apply(cutOut("a.jpg", 0, 0, "b"));
        UsageException e = assertThrows(UsageException.class, () -> twoRequests.apply(cutOut("a.jpg", 0, 0, "c")));
        assertEquals(
                "The budget of 2 requests for the chat model is used up. Its answers are kept; run the same command"
                        + " again with a budget for the rest.",
                e.getMessage());
        ChatNamer tenTokens = new ChatNamer(chat(model(DOG), new ChatBudget(2, 10)));
        tenTokens.apply(cutOut("a.jpg", 0, 0, "c"));
        assertThrows(UsageException.class, () -> tenTokens.apply(cutOut("a.jpg", 0, 0, "d")));
    }

    @Test
    void sendsTheSchemaToProvidersThatKeepToOne() {
        PreparedModel strict = new PreparedModel(Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA), DOG);
        name(strict, "a");
        assertNotNull(strict.requests.get(0).responseFormat().jsonSchema());
        PreparedModel free = model(DOG);
        name(free, "b");
        assertNull(free.requests.get(0).responseFormat());
    }

    @Test
    void writesAnInstructionOfTwoSentences() {
        String answer = "{\"instruction\": \"Add <object> to the bench in <scene>\", \"detail\": \"It sleeps.\"}";
        PreparedModel model = model("{\"instruction\": \"Add a dog to <scene>.\", \"detail\": \"x\"}", answer);
        String instruction = kept(
                new ChatInstructions(chat(model, budget)).apply(new NamedObject(cutOut("a.jpg", 0, 0, "dog"), "dog")));
        assertEquals("Add <imagehere> to the bench in <imagehere>. It sleeps.", instruction);
        assertEquals(
                3,
                ((UserMessage) model.requests.get(0).messages().get(0))
                        .contents()
                        .size());
    }

    @Test
    void sendsLargePhotographsSmaller() {
        PreparedModel model = model(DOG);
        chat(model, budget)
                .ask(
                        new AnswerSchema(
                                "object",
                                List.of(
                                        AnswerSchema.Field.flag("complete", "true or false"),
                                        AnswerSchema.Field.text("name", "a name", ".+"))),
                        "?",
                        List.of(Image.filled(2000, 1000, 0)));
        UserMessage question = (UserMessage) model.requests.get(0).messages().get(0);
        Image sent = Image.read(
                Base64.getDecoder()
                        .decode(((ImageContent) question.contents().get(1))
                                .image()
                                .base64Data()),
                "sent");
        assertEquals("768x384", sent.width() + "x" + sent.height());
    }
}

package dev.mige4j.eval.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ContentFilteredException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageJudgeTest {

    private static final Image SOURCE = Image.filled(4, 4, 0xff0000),
            SUBJECT = Image.filled(4, 4, 0x00ff00),
            OUTPUT = Image.filled(4, 4, 0x0000ff);
    private static final String CONSISTENT = "{\"reasoning\": \"r\", \"instruction_followed\": 9, \"rest_kept\": 4}",
            CLEAN = "{\"reasoning\": \"r\", \"naturalness\": 9, \"clean\": 10}";

    private static JudgeItem edit(String kind) {
        return JudgeItem.of(InstructionEdit.of("make it night", SOURCE), kind, OUTPUT);
    }

    private static Map<Metric, MetricValue> judge(JudgeProtocol protocol, JudgeItem item, ScriptedChatModel model) {
        return new ImageJudge(model, "scripted", protocol).judge(item);
    }

    private static List<Content> contents(ChatRequest request) {
        return ((UserMessage) request.messages().get(0)).contents();
    }

    private static List<Image> images(ChatRequest request) {
        return contents(request).stream()
                .filter(ImageContent.class::isInstance)
                .map(content -> ((ImageContent) content).image().base64Data())
                .map(data -> Image.read(Base64.getDecoder().decode(data), "sent"))
                .toList();
    }

    private static String text(ChatRequest request) {
        return contents(request).stream()
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n"));
    }

    @Test
    void scoresLikeGEdit() {
        Map<Metric, MetricValue> values =
                judge(JudgeProtocol.GEDIT, edit("time"), new ScriptedChatModel(CONSISTENT, CLEAN));
        assertEquals(MetricValue.of(4), values.get(Metric.JUDGE_SEMANTIC));
        assertEquals(MetricValue.of(9), values.get(Metric.JUDGE_QUALITY));
        assertEquals(MetricValue.of(6), values.get(Metric.JUDGE_OVERALL));
    }

    @Test
    void showsSourceAndOutputForConsistencyAndTheOutputAloneForQuality() {
        ScriptedChatModel model = new ScriptedChatModel(CONSISTENT, CLEAN);
        judge(JudgeProtocol.GEDIT, edit("time"), model);
        assertEquals(List.of(SOURCE, OUTPUT), images(model.requests().get(0)));
        assertTrue(text(model.requests().get(0)).contains("Instruction: make it night"));
        assertEquals(List.of(OUTPUT), images(model.requests().get(1)));
        assertFalse(text(model.requests().get(1)).contains("night"));
    }

    @Test
    void numbersTheImagesOfAnInstruction() {
        Task task = new SubjectEdit(Instruction.of("put <image> into <image>", SUBJECT, SOURCE), SOURCE);
        JudgeItem item = JudgeItem.of(task, "add", OUTPUT);
        assertEquals(List.of(SOURCE, SUBJECT), item.images());
        assertEquals("put [image 2] into [image 1]", item.instruction());
        assertTrue(item.isEdit());
    }

    @Test
    void asksForTheLikenessOfSubjectsInGeneration() {
        JudgeItem item =
                JudgeItem.of(new SubjectGeneration(Instruction.of("<image> on a beach", SUBJECT)), "subject", OUTPUT);
        ScriptedChatModel model = new ScriptedChatModel("{\"instruction_followed\": 5, \"subjects_kept\": 8}", CLEAN);
        assertEquals(MetricValue.of(5), judge(JudgeProtocol.GEDIT, item, model).get(Metric.JUDGE_SEMANTIC));
        assertEquals(
                MetricValue.missing("imgedit judges edits only"),
                judge(JudgeProtocol.IMGEDIT, item, model).get(Metric.IMGEDIT));
    }

    @Test
    void scoresLikeImgEditByTheTypeOfEdit() {
        ScriptedChatModel model = new ScriptedChatModel(
                "```json\n{\"instruction_followed\": 5, \"content_kept\": 4, \"rendering\": 3}\n```");
        Map<Metric, MetricValue> values = judge(JudgeProtocol.IMGEDIT, edit("style"), model);
        assertEquals(MetricValue.of(5), values.get(Metric.IMGEDIT_FIRST));
        assertEquals(MetricValue.of(4), values.get(Metric.IMGEDIT_SECOND));
        assertEquals(MetricValue.of(3), values.get(Metric.IMGEDIT_THIRD));
        assertEquals(MetricValue.of(4), values.get(Metric.IMGEDIT));
        assertEquals(ImgEditType.ADD, ImgEditType.of("subject_add"));
        assertEquals(ImgEditType.ADJUST, ImgEditType.of("colour"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Nine of ten.",
                "{\"instruction_followed\": 9}",
                "{\"instruction_followed\": 9, \"rest_kept\": 11}",
                "{\"instruction_followed\": 9, \"rest_kept\": -1}",
                "{\"instruction_followed\": 9, \"rest_kept\": \"4\"}",
                "{\"instruction_followed\": 9, \"rest_kept\": NaN}",
                "{\"instruction_followed\": 9, \"rest_kept\": 4} and more",
                "[9, 4]",
                ""
            })
    void asksAgainOnceAndThenRecordsThatThereIsNoScore(String answer) {
        ScriptedChatModel model = new ScriptedChatModel(answer);
        Map<Metric, MetricValue> values = judge(JudgeProtocol.GEDIT, edit("time"), model);
        assertEquals(JudgeProtocol.GEDIT.metrics(), List.copyOf(values.keySet()));
        for (MetricValue value : values.values()) assertTrue(value.reason().startsWith("the judge's answer "));
        assertEquals(2, model.requests().size());
    }

    @Test
    void takesTheSecondAnswerIfItHasScores() {
        ScriptedChatModel model = new ScriptedChatModel("Gladly!", CONSISTENT, CLEAN);
        assertEquals(
                MetricValue.of(4),
                judge(JudgeProtocol.GEDIT, edit("time"), model).get(Metric.JUDGE_SEMANTIC));
        assertTrue(model.requests().get(1).messages().contains(AiMessage.from("Gladly!")));
    }

    @Test
    void recordsARefusalAsTheReason() {
        Map<Metric, MetricValue> values = judge(
                JudgeProtocol.GEDIT, edit("time"), new ScriptedChatModel(new ContentFilteredException("not this")));
        assertEquals(
                "the judge's answer is a refusal: not this",
                values.get(Metric.JUDGE_QUALITY).reason());
    }

    @ParameterizedTest
    @MethodSource
    void saysInAFewPlainWordsHowTheProviderFailed(RuntimeException failure, String expected) {
        assertEquals(
                expected,
                assertThrows(
                                JudgeUnavailableException.class,
                                () -> judge(JudgeProtocol.GEDIT, edit("time"), new ScriptedChatModel(failure)))
                        .getMessage());
    }

    static List<Arguments> saysInAFewPlainWordsHowTheProviderFailed() {
        return List.of(
                Arguments.of(new IllegalStateException("", new HttpException(307, "")), "failed: HTTP status 307"),
                Arguments.of(new HttpException(502, "\u001b[31mbad\r\n gateway"), "failed: [31mbad gateway"),
                Arguments.of(new IllegalStateException(new IOException("no bytes")), "failed: no bytes"),
                Arguments.of(new IllegalStateException(), "failed: IllegalStateException"));
    }

    @Test
    void stopsWhenTheKeyIsRefused() {
        UsageException e = assertThrows(
                UsageException.class,
                () -> judge(
                        JudgeProtocol.GEDIT,
                        edit("time"),
                        new ScriptedChatModel(new AuthenticationException("bad\nkey"))));
        assertEquals("The judge scripted does not accept the key: bad key", e.getMessage());
    }

    @Test
    void identifiesModelAndProtocol() {
        assertEquals(
                "judge m, gedit", new ImageJudge(new ScriptedChatModel(""), "m", JudgeProtocol.GEDIT).provenance());
    }
}

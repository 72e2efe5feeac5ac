package dev.mige4j.eval.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JudgeQueueTest {

    private static final Image IMAGE = Image.filled(2, 2, 0);
    private static final String ANSWER = "{\"instruction_followed\": 3, \"seamless\": 3, \"plausible\": 3}";

    private final Map<Integer, MetricValue> recorded = new TreeMap<>();

    private static JudgeItem item() {
        return JudgeItem.of(InstructionEdit.of("make it night", IMAGE), "time", IMAGE);
    }

    private boolean run(ChatModel model, int count, ProgressListener listener) {
        return new JudgeQueue(new ImageJudge(model, "m", JudgeProtocol.IMGEDIT), 3)
                .run(
                        IntStream.range(0, count).boxed().toList(),
                        number -> {
                            if (number == 4) throw new UsageException("4.png is damaged");
                            return item();
                        },
                        (number, metrics) -> recorded.put(number, metrics.get(Metric.IMGEDIT)),
                        listener);
    }

    @Test
    void recordsEveryItem() {
        assertTrue(run(new ScriptedChatModel(ANSWER), 9, ProgressListener.NONE));
        assertEquals(9, recorded.size());
        assertEquals(MetricValue.of(3), recorded.get(8));
        assertEquals(MetricValue.missing("4.png is damaged"), recorded.get(4));
    }

    @Test
    void recordsAFailureOfTheProviderAndGoesOn() {
        ScriptedChatModel model = new ScriptedChatModel(new IllegalStateException("503\nbusy"), ANSWER);
        assertTrue(run(model, 3, ProgressListener.NONE));
        assertEquals(
                1,
                recorded.values().stream()
                        .filter(MetricValue.missing("the judge failed: 503 busy")::equals)
                        .count());
    }

    @Test
    void givesUpWhenTheProviderKeepsFailing() {
        UsageException e = assertThrows(
                UsageException.class,
                () -> run(new ScriptedChatModel(new IllegalStateException("503")), 100, ProgressListener.NONE));
        assertEquals(
                "The judge failed: 503, 5 times in a row. Scores so far are kept; run the same command again to go on.",
                e.getMessage());
        assertTrue(recorded.size() <= 6, recorded.toString());
    }

    @Test
    void stopsAtOnceWhenItIsCancelled() {
        CountDownLatch never = new CountDownLatch(1);
        ChatModel hanging = new ChatModel() {
            @Override
            public ChatResponse doChat(ChatRequest request) {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                throw new AssertionError();
            }
        };
        int[] calls = {0};
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertFalse(run(hanging, 9, (item, done, total) -> ++calls[0] < 3)));
        assertTrue(recorded.isEmpty());
    }
}

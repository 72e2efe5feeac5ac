package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.judge.JudgeItem;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** A judge behind a server of OpenAI's API, which answers every question with the same scores. */
class JudgeOptionsTest {

    private static final Image SOURCE = Image.filled(8, 8, 0x336699), OUTPUT = Image.filled(8, 8, 0x996633);
    private static final String SCORES =
            "{\"instruction_followed\": 9, \"rest_kept\": 4, \"naturalness\": 9, \"clean\": 10}";

    private final List<JsonNode> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> keys = Collections.synchronizedList(new ArrayList<>());
    private HttpServer server;
    private int status = 200;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            requests.add(Json.MAPPER.readTree(exchange.getRequestBody()));
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            String answer = status == 200
                    ? Json.write(Map.of(
                            "id",
                            "1",
                            "object",
                            "chat.completion",
                            "created",
                            1,
                            "model",
                            "seer",
                            "choices",
                            List.of(Map.of(
                                    "index",
                                    0,
                                    "finish_reason",
                                    "stop",
                                    "message",
                                    Map.of("role", "assistant", "content", SCORES)))))
                    : "{\"error\": {\"message\": \"no such key\"}}";
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    private static JudgeOptions parse(String... arguments) {
        JudgeOptions options = new JudgeOptions();
        new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(options)).parseArgs(arguments);
        return options;
    }

    private static MetricValue judge(JudgeQueue judge) {
        List<MetricValue> values = new ArrayList<>();
        judge.run(
                List.of(1),
                item -> JudgeItem.of(InstructionEdit.of("make it warm", SOURCE), "color", OUTPUT),
                (item, metrics) -> values.add(metrics.get(Metric.JUDGE_OVERALL)),
                ProgressListener.NONE);
        return values.get(0);
    }

    @Test
    void sendsInstructionImagesAndKeyToTheServer() {
        JudgeOptions options = parse("--judge-url", url(), "--judge-model", "seer");
        JudgeQueue judge = options.judge(Map.of("MIGE_JUDGE_KEY", "secret")).orElseThrow();
        assertEquals(MetricValue.of(6), judge(judge));
        assertEquals(List.of("Bearer secret", "Bearer secret"), keys);
        assertEquals("seer", requests.get(0).path("model").asText());
        JsonNode content = requests.get(0).at("/messages/0/content");
        List<Image> images = new ArrayList<>();
        for (JsonNode part : content)
            if (part.has("image_url")) {
                String data = part.at("/image_url/url").asText();
                images.add(Image.read(
                        Base64.getDecoder().decode(data.substring("data:image/png;base64,".length())), "sent"));
            }
        assertEquals(List.of(SOURCE, OUTPUT), images);
        assertTrue(content.toString().contains("make it warm"));
    }

    @Test
    void needsNoKey() {
        assertEquals(
                MetricValue.of(6),
                judge(parse("--judge-url", url(), "--judge-model", "seer")
                        .judge(Map.of())
                        .orElseThrow()));
    }

    @Test
    void saysThatTheKeyIsRefused() {
        status = 401;
        JudgeQueue judge = parse("--judge-url", url(), "--judge-model", "seer")
                .judge(Map.of("MIGE_JUDGE_KEY", "wrong"))
                .orElseThrow();
        String message = assertThrows(UsageException.class, () -> judge(judge)).getMessage();
        assertTrue(message.startsWith("The judge seer does not accept the key: "), message);
        assertTrue(message.contains("no such key"), message);
    }

    @Test
    void printsNoStackTracesOfItsClient() {
        JudgeOptions options = parse("--judge-url", url(), "--judge-model", "seer");
        options.judge(Map.of()).orElseThrow();
        assertFalse(Logger.getLogger("dev.langchain4j.internal.RetryUtils").isLoggable(Level.SEVERE));
        Reference.reachabilityFence(options);
    }

    @Test
    void isOffByDefault() {
        assertTrue(parse().judge(Map.of("MIGE_JUDGE_KEY", "secret")).isEmpty());
    }
}

package dev.mige4j.web;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Load on a server by OpenAI's official Java client with its default retries, and errors that are answered before the
 * body is read: {@code OpenAiClientLoad URL KEY REQUESTS CLIENTS}. The same requests as in {@code load.mjs}.
 */
final class OpenAiClientLoad {

    /** What happened: answers by status, requests without the answer they must get, and times of successes. */
    record Outcome(Map<Integer, Integer> answers, List<String> lost, List<Long> sortedMillis) {
        long quantile(double q) {
            return sortedMillis.get(Math.min(sortedMillis.size() - 1, (int) (q * sortedMillis.size())));
        }
    }

    /** Kinds of requests with the status that they must get; 429 is an answer to any once the retries are used up. */
    private enum Kind {
        GENERATION(200),
        EDIT(200),
        WRONG_KEY(401),
        TOO_LARGE(413);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        /** One request in a hundred is too large, four have a wrong key, twenty are edits. */
        static Kind of(int i) {
            if (i % 100 == 50) return TOO_LARGE;
            if (i % 25 == 7) return WRONG_KEY;
            return i % 5 == 1 ? EDIT : GENERATION;
        }
    }

    private static final int MIB = 1 << 20;
    private static final byte[] PHOTOGRAPH = TestClient.png(256, 256, 0x336699);
    private static final byte[] LARGE = new byte[65 * MIB];

    private final String url;
    private final String key;
    private final Map<Integer, Integer> answers = Collections.synchronizedMap(new TreeMap<>());
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<Long> millis = new ConcurrentLinkedQueue<>();

    private OpenAiClientLoad(String url, String key) {
        this.url = url;
        this.key = key;
    }

    public static void main(String[] args) throws InterruptedException {
        int requests = Integer.parseInt(args[2]), clients = Integer.parseInt(args[3]);
        Outcome outcome = run(args[0], args[1], requests, clients);
        System.out.printf(
                "{\"client\": \"openai-java\", \"clients\": %d, \"requests\": %d, \"answers\": \"%s\","
                        + " \"lost\": \"%s\", \"p50_ms\": %d, \"p99_ms\": %d}%n",
                clients, requests, outcome.answers, outcome.lost, outcome.quantile(0.5), outcome.quantile(0.99));
    }

    /** Sends requests of several clients at the same time. */
    static Outcome run(String url, String key, int requests, int clients) throws InterruptedException {
        OpenAiClientLoad load = new OpenAiClientLoad(url, key);
        AtomicInteger next = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        for (int i = 0; i < clients; i++)
            threads.execute(() -> {
                try (Closing client = load.newClient(key)) {
                    for (int n; (n = next.getAndIncrement()) < requests; ) load.send(client.client(), n);
                }
            });
        threads.shutdown();
        if (!threads.awaitTermination(10, TimeUnit.MINUTES)) load.lost.add("no answer after ten minutes");
        List<Long> sorted = new ArrayList<>(load.millis);
        Collections.sort(sorted);
        return new Outcome(load.answers, List.copyOf(load.lost), sorted);
    }

    /** A client that a try statement closes. */
    private record Closing(OpenAIClient client) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
        }
    }

    private Closing newClient(String apiKey) {
        return new Closing(
                OpenAIOkHttpClient.builder().baseUrl(url + "v1").apiKey(apiKey).build());
    }

    private void send(OpenAIClient client, int seed) {
        Kind kind = Kind.of(seed);
        long start = System.nanoTime();
        int status;
        try {
            switch (kind) {
                case GENERATION -> generate(client, seed);
                case EDIT -> edit(client, PHOTOGRAPH, PHOTOGRAPH.length);
                case WRONG_KEY -> {
                    try (Closing stranger = newClient("wrong")) {
                        edit(stranger.client(), LARGE, 8 * MIB);
                    }
                }
                case TOO_LARGE -> edit(client, LARGE, LARGE.length);
            }
            status = 200;
            millis.add((System.nanoTime() - start) / 1_000_000);
        } catch (OpenAIServiceException e) {
            status = e.statusCode();
        } catch (RuntimeException e) {
            lost.add(kind + ": " + e + " " + e.getCause());
            return;
        }
        if (status == kind.status || status == 429) answers.merge(status, 1, Integer::sum);
        else lost.add(kind + ": status " + status);
    }

    @SuppressWarnings("deprecation") // the client has no other access to additional response fields
    private static void generate(OpenAIClient client, int seed) {
        ImagesResponse response = client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a red car on a beach")
                        .putAdditionalBodyProperty("seed", JsonValue.from(seed))
                        .build());
        if (response._additionalProperties().get("seed").convert(Integer.class) != seed)
            throw new IllegalStateException("an answer to another request");
    }

    private static void edit(OpenAIClient client, byte[] content, int length) {
        try (InputStream image = new ByteArrayInputStream(content, 0, length)) {
            client.images()
                    .edit(ImageEditParams.builder()
                            .image(MultipartField.<ImageEditParams.Image>builder()
                                    .value(ImageEditParams.Image.ofInputStream(image))
                                    .filename("image.png")
                                    .contentType("image/png")
                                    .build())
                            .prompt("make it night")
                            .build());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}

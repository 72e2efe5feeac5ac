package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.image.Image;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataCommandTest {

    private static final int SIDE = 400;

    @TempDir
    private Path folder;

    private Path photos, annotations, out;

    @BeforeEach
    void writePhotographs() throws IOException {
        photos = Files.createDirectory(folder.resolve("photos"));
        annotations = folder.resolve("coco.json");
        out = folder.resolve("out");
        List<String> images = new ArrayList<>(), objects = new ArrayList<>();
        int[][] squares = {{100, 180}, {90, 160}, {150, 40}, {0, 200}}; // left and top, side
        for (int i = 0; i < squares.length; i++) {
            writePhotograph(photos.resolve("p%d.png".formatted(i)), squares[i][0], squares[i][1]);
            images.add("{\"id\": %d, \"file_name\": \"p%d.png\", \"width\": 400, \"height\": 400}".formatted(i, i));
            int a = squares[i][0], b = a + squares[i][1];
            objects.add(String.format(
                    Locale.ROOT,
                    "{\"id\": %d, \"image_id\": %d, \"category_id\": 7, \"iscrowd\": 0, \"bbox\": [%d, %d, %d, %d],"
                            + " \"area\": 100, \"segmentation\": [[%d, %d, %d, %d, %d, %d, %d, %d]]}",
                    i,
                    i,
                    a,
                    a,
                    b - a,
                    b - a,
                    a,
                    a,
                    b,
                    a,
                    b,
                    b,
                    a,
                    b));
        }
        Files.writeString(
                annotations,
                "{\"images\": " + images + ", \"annotations\": " + objects
                        + ", \"categories\": [{\"id\": 7, \"name\": \"box\"}]}");
    }

    /** Noise, and a red square with its left and top sides at that place. */
    private static void writePhotograph(Path file, int place, int side) {
        SplittableRandom random = new SplittableRandom(3);
        byte[] rgb = new byte[3 * SIDE * SIDE];
        random.nextBytes(rgb);
        Image.of(SIDE, SIDE, rgb)
                .paste(Image.filled(side, side, 0xD02020), place, place)
                .write(file);
    }

    @Test
    void addMakesRecordsAndSaysWhyTheOthersWereDropped() throws IOException {
        Result result = add(out);
        assertEquals(0, result.code, result.err);
        assertTrue(result.out.startsWith("4 photographs (4 processed now): 2 kept, 2 dropped"), result.out);
        assertTrue(result.out.contains("1 object_too_small"), result.out);
        assertTrue(result.out.contains("1 object_cut_off"), result.out);
        JsonNode list = Json.read(out.resolve("add.json"));
        assertEquals(2, list.size());
        JsonNode record = list.get(0);
        Image target = Image.read(out.resolve(record.get("image").asText()));
        Image source = Image.read(out.resolve(record.get("source_path").get(0).asText()));
        assertEquals(SIDE, target.width());
        assertEquals(0, record.get("measures").get("change_outside").asDouble());
        assertTrue(isRed(target) && !isRed(source), record.toString());
        assertTrue(record.get("multi_prompt").asText().startsWith("Add"), record.toString());
        assertTrue(Files.size(out.resolve("shards/add-00000.tar")) > 0);
        assertTrue(Files.exists(out.resolve("add/report.html")));
    }

    @Test
    void photographsSmallerThanMinSideAreDropped() {
        assertTrue(add(out, "--min-side", "401").out.contains("4 too_small"));
        assertTrue(add(out, "--min-side", "400").out.startsWith("4 photographs (4 processed now): 2 kept, 2 dropped"));
        Result none = add(out, "--min-side", "0");
        assertEquals(2, none.code, none.err);
    }

    private static boolean isRed(Image image) {
        byte[] rgb = image.crop(SIDE / 2 - 10, SIDE / 2 - 10, 1, 1).rgb();
        return (rgb[0] & 255) == 0xD0 && (rgb[1] & 255) == 0x20;
    }

    @Test
    void withoutAnnotationsTheObjectThatStandsOutIsTaken() throws IOException {
        Path plain = Files.createDirectory(folder.resolve("plain"));
        Image.filled(SIDE, SIDE, 0x608040)
                .paste(Image.filled(200, 200, 0xD02020), 100, 100)
                .paste(Image.filled(60, 60, 0xF0F0F0), 170, 170)
                .write(plain.resolve("square.png"));
        Result result = run("data", "add", "--photos", plain.toString(), "-o", out.toString());
        assertEquals(0, result.code, result.err);
        assertTrue(result.out.startsWith("1 photographs (1 processed now): 1 kept, 0 dropped"), result.out);
    }

    @Test
    void theSamePhotographsGiveTheSameBytesOnAnyNumberOfThreads() throws IOException {
        add(out, "--threads", "1");
        Map<String, String> once = hashes(out);
        assertTrue(add(out).out.startsWith("4 photographs (0 processed now)"));
        assertEquals(once, hashes(out));
        Path again = folder.resolve("again");
        add(again, "--threads", "4");
        assertEquals(once, hashes(again));
        assertTrue(add(again, "--seed", "1").out.startsWith("4 photographs (4 processed now)"));
    }

    @Test
    void replaceCutsTheNewObjectOutOfTheTarget() throws IOException {
        Image ground = Image.read(photos.resolve("p2.png"));
        ground.paste(Image.filled(180, 180, 0x2020D0), 100, 100).write(photos.resolve("blue.png"));
        Path pairs = folder.resolve("pairs.jsonl");
        Files.writeString(
                pairs,
                "{\"source\": \"blue.png\", \"target\": \"p0.png\", \"replaced\": \"blue box\"}\n"
                        + "{\"image\": \"p1.png\", \"source_path\": [\"p0.png\"],"
                        + " \"multi_prompt\": \"make it night\"}\n");
        String[] command = {
            "data", "replace", "--photos", photos.toString(), "--pairs", pairs.toString(), "-o", out.toString()
        };
        Result result = run(command);
        assertEquals(0, result.code, result.err);
        assertTrue(result.out.contains("1 kept, 1 dropped"), result.out);
        assertTrue(result.out.contains("1 no_replacement"), result.out);
        JsonNode record = Json.read(out.resolve("replace.json")).get(0);
        assertEquals(
                "replace the blue box in <imagehere> with <imagehere>",
                record.get("multi_prompt").asText());
        assertEquals(record.get("source_path").get(0), record.get("entity_path").get(0));
        assertTrue(isRed(Image.read(out.resolve(record.get("image").asText()))));
        assertTrue(Files.exists(out.resolve("replace/report.html")));
        assertTrue(run(command).out.startsWith("2 photographs (0 processed now)"));
    }

    @Test
    void replaceRefusesWhatIsNoPathAndDropsWhatIsNoPlainFile() throws IOException {
        Path pairs = folder.resolve("pairs.jsonl"), endless = Path.of("/dev/zero");
        String pair = "{\"source\": \"%s\", \"target\": \"p0.png\", \"replaced\": \"rose\"}";
        String[] command = {
            "data", "replace", "--photos", photos.toString(), "--pairs", pairs.toString(), "-o", out.toString()
        };
        Files.writeString(pairs, pair.formatted("p\\u0000.png"));
        Result result = run(command);
        assertEquals(2, result.code, result.err);
        assertTrue(result.err.contains("'p?.png' is no path"), result.err);
        assumeTrue(Files.exists(endless));
        Files.createSymbolicLink(photos.resolve("endless.png"), endless);
        Files.writeString(pairs, pair.formatted("endless.png"));
        assertTrue(run(command).out.contains("1 unreadable"));
    }

    @Test
    void partsMakeTheItemsAndARunWithoutThemTheLists() throws IOException {
        add(out);
        Path divided = folder.resolve("divided");
        assertTrue(add(divided, "--part", "1/2").out.startsWith("2 photographs (2 processed now)"));
        assertTrue(add(divided, "--part", "2/2").out.startsWith("2 photographs (2 processed now)"));
        assertTrue(add(divided).out.startsWith("4 photographs (0 processed now)"));
        Map<String, String> files = hashes(divided);
        assertTrue(files.keySet().removeAll(Set.of("add/decisions-1-of-2.jsonl", "add/decisions-2-of-2.jsonl")));
        assertEquals(hashes(out), files);
    }

    @Test
    void aModelChecksNamesAndInstructsAndIsNotAskedTwice() throws IOException {
        AtomicInteger questions = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            questions.incrementAndGet();
            String request = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String answer = request.contains("Is it one whole object")
                    ? "{\"complete\": true, \"name\": \"red crate\"}"
                    : "{\"instruction\": \"Put <object> into the middle of <scene>\", \"detail\": \"It is large\"}";
            byte[] response = Json.write(Map.of(
                            "choices",
                            List.of(Map.of("index", 0, "message", Map.of("role", "assistant", "content", answer)))))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, response.length);
            exchange.getResponseBody().write(response);
            exchange.close();
        });
        server.start();
        try {
            String[] options = {
                "--chat-url",
                "http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
                "--chat-model",
                "seer",
                "--chat-cache",
                folder.resolve("answers").toString()
            };
            Result result = add(out, options);
            assertEquals(0, result.code, result.err);
            assertEquals(
                    "Put <imagehere> into the middle of <imagehere>. It is large.",
                    Json.read(out.resolve("add.json"))
                            .get(0)
                            .get("multi_prompt")
                            .asText());
            assertEquals(4, questions.get()); // two for each of two objects
            add(folder.resolve("again"), options);
            assertEquals(4, questions.get());
            assertEquals(hashes(out), hashes(folder.resolve("again")));
        } finally {
            server.stop(0);
        }
        Result incomplete = add(out, "--chat-model", "seer");
        assertEquals(2, incomplete.code);
        assertTrue(incomplete.err.contains("--chat-url is missing"), incomplete.err);
    }

    @Test
    void requestsThatFailCountForTheBudget() throws IOException {
        AtomicInteger requests = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        server.start();
        try {
            Result result = add(
                    out,
                    "--chat-url",
                    "http://127.0.0.1:" + server.getAddress().getPort() + "/v1",
                    "--chat-model",
                    "seer",
                    "--chat-requests",
                    "1",
                    "--chat-cache",
                    folder.resolve("answers").toString());
            assertEquals(2, result.code, result.err);
            assertTrue(result.err.contains("The budget of 1 request for the chat model is used up"), result.err);
            assertEquals(1, requests.get());
        } finally {
            server.stop(0);
        }
    }

    @Test
    void reportShowsAsManySamplesAsAskedFor() throws IOException {
        add(out);
        Result result = run("data", "report", out.toString(), "--samples", "1", "--dropped", "0");
        assertEquals(out.resolve("add/report.html").toString(), result.out.strip());
        String page = Files.readString(out.resolve("add/report.html"));
        assertEquals(1, page.split("<article", -1).length - 1);
        Result none = run("data", "report", photos.toString());
        assertEquals(2, none.code);
        assertTrue(none.err.contains("there is no add/decisions.jsonl"), none.err);
    }

    @Test
    void aFolderWithOtherFilesIsLeftAlone() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("letter.txt"), "Dear");
        Result result = add(other);
        assertEquals(2, result.code);
        assertTrue(result.err.contains("has files that mige data did not write"), result.err);
        Result inside = add(photos.resolve("data"));
        assertEquals(2, inside.code);
        assertTrue(inside.err.contains("is in the folder of photographs"), inside.err);
        assertFalse(Files.exists(photos.resolve("data")));
    }

    private Result add(Path output, String... options) {
        List<String> arguments = new ArrayList<>(List.of("data", "add", "--photos", photos.toString()));
        arguments.addAll(
                List.of("--annotations", annotations.toString(), "--inpainting", "telea", "-o")); // the fastest
        arguments.add(output.toString());
        arguments.addAll(List.of(options));
        return run(arguments.toArray(String[]::new));
    }

    private record Result(int code, String out, String err) {}

    private static Result run(String... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private static Map<String, String> hashes(Path root) throws IOException {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList())
                hashes.put(root.relativize(file).toString(), Sha256.hex(file));
        }
        return hashes;
    }
}

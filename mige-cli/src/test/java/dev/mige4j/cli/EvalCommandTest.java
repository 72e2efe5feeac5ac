package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.mige4j.common.Json;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.eval.embedding.ClipConfig;
import dev.mige4j.eval.embedding.DinoVit;
import dev.mige4j.eval.embedding.OpenAiClip;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code mige eval} on tiny benchmarks, with a model with random weights. */
class EvalCommandTest {

    @TempDir
    Path folder;

    @BeforeEach
    void writeBenchmarks() throws IOException {
        writeMigeBench("add", 7, 8);
        writeMigeBench("replace", 7);
        for (String image : List.of("input", "output1", "output2"))
            write(file("magicbrush/images/30/30-" + image + ".png"), image.hashCode());
        Files.writeString(file("magicbrush/edit_sessions.json"), """
                {"30": [
                  {"input": "30-input.png", "mask": "30-mask1.png", "output": "30-output1.png", "instruction": "a"},
                  {"input": "30-output1.png", "mask": "30-mask2.png", "output": "30-output2.png", "instruction": "b"}]}
                """);
        writeEmuEdit();
        String captions = "{\"30\": {\"30-input.png\": \"x\", \"30-output1.png\": \"y\", \"30-output2.png\": \"z\"}}";
        Files.writeString(file("magicbrush/global_descriptions.json"), captions);
        Files.writeString(file("magicbrush/local_descriptions.json"), captions);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static void write(Path file, int colour) throws IOException {
        Files.createDirectories(file.getParent());
        Image.filled(24, 20, colour & 0xffffff).write(file, Map.of());
    }

    private void writeMigeBench(String operation, int... ids) throws IOException {
        List<Map<String, Object>> records = new ArrayList<>();
        for (int id : ids) {
            String path = operation + "/" + operation + "_%s/" + id + "_%s.jpg";
            for (String kind : List.of("source", "target"))
                write(file("migebench/" + path.formatted(kind, kind)), 0x302010 * id + kind.hashCode());
            write(file("migebench/" + path.formatted("entity", "entity_black")), 0x123456 * id);
            String root = "/path/to/MIGEBench/",
                    source = root + path.formatted("source", "source"),
                    entity = root + path.formatted("entity", "entity_black");
            records.add(Map.of(
                    "idx",
                    id,
                    "image",
                    root + path.formatted("target", "target"),
                    "source_path",
                    List.of(source),
                    "entity_path",
                    List.of(entity, source),
                    "multi_prompt",
                    "add<imagehere>to<imagehere>",
                    "target_caption",
                    "a pot on a table",
                    "object",
                    "pot"));
        }
        Files.writeString(file("migebench/" + operation + "_bench.json"), Json.write(records));
    }

    private void writeEmuEdit() throws IOException {
        List<Map<String, Object>> records = new ArrayList<>();
        for (int id = 0; id < 3; id++) {
            write(file("emu/data/" + id + ".jpg"), 0x302010 * (id + 1));
            records.add(Map.of(
                    "idx",
                    id,
                    "image",
                    "/path/to/data/" + id + ".jpg",
                    "instruction",
                    "make it blue",
                    "task",
                    id == 0 ? "text" : "color",
                    "input_caption",
                    "a pot",
                    "output_caption",
                    id == 2 ? "a pot" : "a blue pot"));
        }
        Files.writeString(file("emu/emu_edit.json"), Json.write(records));
    }

    private CliResult eval(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("eval"));
        all.addAll(List.of(arguments));
        CliResult result = mige(all.toArray());
        assertEquals(0, result.exitCode(), result.err());
        return result;
    }

    private CliResult evalMigeBench(String output, Object... options) {
        List<Object> arguments = new ArrayList<>(List.of("migebench", "--data", file("migebench"), "-o", file(output)));
        arguments.addAll(List.of(options));
        return eval(arguments.toArray());
    }

    private CliResult evalRandomModel(String output, Object... options) {
        List<Object> arguments = new ArrayList<>(List.of("--model", "random", "--steps", 2));
        arguments.addAll(List.of(options));
        return evalMigeBench(output, arguments.toArray());
    }

    private List<String> files(String subfolder) throws IOException {
        try (Stream<Path> files = Files.walk(file(subfolder))) {
            return files.filter(Files::isRegularFile)
                    .map(f -> file(subfolder).relativize(f).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void evaluatesAModelAndNamesTheOutputsAsTheAuthorsDo() throws IOException {
        CliResult result = evalRandomModel("out");
        assertEquals(List.of("add/7.png", "add/8.png", "outputs.jsonl", "replace/7.png"), files("out/outputs/random"));
        assertTrue(result.out().contains("add: MIGEBench, add a subject (2)"), result.out());
        assertTrue(result.out().lines().anyMatch(line -> line.matches("  paper +none known +none known.*")));
        assertTrue(result.out().endsWith(file("out/index.html") + System.lineSeparator()), result.out());
        assertEquals(
                result.out().lines().limit(5).toList(),
                Files.readAllLines(file("out/table.txt")).subList(0, 5));
    }

    @Test
    void callsTheDefaultModelByTheNameThatSelectsIt() throws IOException {
        evalMigeBench("out", "--task", "add", "--items", 1, "--steps", 2);
        assertEquals(List.of("add/7.png", "outputs.jsonl"), files("out/outputs/embedded"));
    }

    @Test
    void resumesWithoutGeneratingAgain() throws IOException {
        evalRandomModel("out", "--task", "add", "--items", 1);
        var modified = Files.getLastModifiedTime(file("out/outputs/random/add/7.png"));
        evalRandomModel("out");
        assertEquals(modified, Files.getLastModifiedTime(file("out/outputs/random/add/7.png")));
        assertTrue(Files.exists(file("out/outputs/random/replace/7.png")));
    }

    @Test
    void evaluatesImagesOfAnotherProgramAndNamesTheMissingOnes() throws IOException {
        write(file("theirs/add/7.jpg"), 0x808080);
        Files.createDirectories(file("theirs/replace"));
        Files.writeString(file("theirs/replace/7.png"), "not an image");
        CliResult result = evalMigeBench("out", "--images", file("theirs"));
        assertTrue(result.out().contains("theirs without L1, L2: 1 of 2, "), result.out());
        assertTrue(result.out().contains(": add-8"), result.out());
        assertTrue(result.out().contains("theirs without L1, L2: 1 of 1, "), result.out());
        assertFalse(Files.exists(file("out/outputs")), "nothing is generated");
    }

    @Test
    void comparesByClipAndDinoAndSaysWhatIsReadOfTheirFiles() throws IOException {
        Files.createDirectories(file("clip"));
        Files.writeString(file("clip/config.json"), """
                {"projection_dim": 6,
                 "vision_config": {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
                   "num_attention_heads": 1, "image_size": 32, "patch_size": 16},
                 "text_config": {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
                   "num_attention_heads": 1}}
                """);
        Map<String, Tensor> clip = new TreeMap<>(), dino = new TreeMap<>();
        new OpenAiClip(
                ClipConfig.read(file("clip/config.json")), Weights.random(1).recordingInto(clip));
        clip.put("vision_model.embeddings.position_ids", Tensor.arange(5));
        SafeTensors.write(file("clip/model.safetensors"), Map.of(), clip);
        new DinoVit(
                new VisionTransformer.Config(32, 16, 8, 1, 1, 8),
                Weights.random(1).recordingInto(dino));
        SafeTensors.write(file("dino.safetensors"), Map.of(), dino);
        CliResult result = eval(
                "emu-edit",
                "--data",
                file("emu"),
                "--images",
                "same=" + file("emu/data"),
                "--clip",
                file("clip"),
                "--dino",
                file("dino.safetensors"),
                "-o",
                file("out"));
        assertTrue(
                result.err()
                        .contains("--clip: 46 used, 0 remapped, 0 missing, 1 unexpected: "
                                + "vision_model.embeddings.position_ids"),
                result.err());
        assertTrue(result.err().contains("--dino: 19 used, 0 remapped, 0 missing, 0 unexpected"), result.err());
        assertTrue(
                result.out().lines().anyMatch(line -> line.matches("  same .* 1[.]0000 .* 1[.]0000 .*")), result.out());
    }

    @Test
    void partsJoinedAreTheWhole() throws IOException {
        CliResult whole = evalRandomModel("whole", "-q");
        for (int i = 1; i <= 2; i++) evalRandomModel("part-" + i, "--part", i + "/2");
        CliResult joined = eval("join", file("part-2"), file("part-1"), "-o", file("joined"));
        assertEquals(tables(whole.out()), tables(joined.out()));
        assertTrue(Files.readString(file("joined/index.html")).contains("add-8"));
    }

    /** The tables, without times. */
    private static List<String> tables(String report) {
        return report.lines()
                .dropWhile(line -> !line.startsWith("add: "))
                .takeWhile(line -> !line.equals("paper"))
                .map(line -> line.replaceAll(" +([0-9.]+ s( ±[0-9.]+)?|seconds|-)$", ""))
                .toList();
    }

    @Test
    void magicBrushHasBothSettings() throws IOException {
        CliResult result = eval(
                "magicbrush", "--data", file("magicbrush"), "--model", "m=random", "--steps", 2, "-o", file("out"));
        assertEquals(
                List.of("30/30_1.png", "30/30_inde_2.png", "30/30_iter_2.png", "outputs.jsonl"),
                files("out/outputs/m"));
        assertTrue(result.out().contains("all-turns: "), result.out());
        assertTrue(result.out().contains("final-turn: "), result.out());
        CliResult last = eval(
                "magicbrush",
                "--data",
                file("magicbrush"),
                "--images",
                "m=" + file("out/outputs/m"),
                "--turns",
                "final",
                "-o",
                file("final"));
        assertFalse(last.out().contains("all-turns: "), last.out());
    }

    @Test
    void recordsAreComparedWithTheirTargetsByTask() throws IOException {
        write(file("own/source/instructpix2pix/1.png"), 0x804020);
        write(file("own/target/instructpix2pix/1.png"), 0x208040);
        write(file("own/target/add/1.png"), 0x208040);
        Files.writeString(file("own/list.json"), """
                [{"image": "target/instructpix2pix/1.png", "width": 24, "height": 20, "multi_prompt": "blue<imagehere>",
                  "source_path": ["source/instructpix2pix/1.png"], "entity_path": ["source/instructpix2pix/1.png"]},
                 {"image": "target/add/1.png", "width": 24, "height": 20,
                  "multi_prompt": "put <imagehere> on <imagehere>",
                  "source_path": ["source/instructpix2pix/1.png"],
                  "entity_path": ["target/add/1.png", "source/instructpix2pix/1.png"]}]
                """);
        CliResult result = eval(
                "records", "--data", file("own/list.json"), "--model", "m=random", "--steps", 2, "-o", file("out"));
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(Files.exists(file("out/outputs/m/edit-000000.png")));
        assertTrue(Files.exists(file("out/outputs/m/add-000001.png")));
        assertTrue(result.out().contains("copy-source"), result.out());
    }

    @Test
    void emuEditHasTheSubsetsOfPapers() throws IOException {
        for (int id = 0; id < 3; id++) write(file("theirs/" + id + ".jpg"), 0x808080);
        List<Object> arguments = List.of("emu-edit", "--data", file("emu"), "--images", file("theirs"));
        CliResult all = eval(with(arguments, "-o", file("all")));
        for (String heading : List.of("all: ", "  all, without text (2)", "  all, captions differ (2)"))
            assertTrue(all.out().lines().anyMatch(line -> line.startsWith(heading)), all.out());
        CliResult one = eval(with(arguments, "--subset", "seven-tasks", "-o", file("one")));
        assertTrue(one.out().contains("selection: the subset 'without text'"), one.out());
        assertTrue(one.out().lines().anyMatch(line -> line.matches("all: .*\\(2\\)")), one.out());
    }

    private static Object[] with(List<Object> arguments, Object... more) {
        List<Object> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return all.toArray();
    }

    @Test
    void saysWhichMetricsAreLeftOutForWantOfAModel() {
        CliResult result = evalRandomModel("out");
        assertTrue(
                result.out()
                        .contains("not measured: CLIP-I (no CLIP model), CLIP-T (no CLIP model), DINO (no DINO model)"),
                result.out());
        assertTrue(result.out().contains("measured files: PNG"), result.out());
    }

    @Test
    void asksAJudgeOnAServerWithOpenAisChatApi() throws IOException {
        write(file("theirs/add/7.jpg"), 0x808080);
        List<String> requests = Collections.synchronizedList(new ArrayList<>());
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/chat/completions", exchange -> {
            requests.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            String scores = "{'instruction_followed': 4, 'rest_kept': 9, 'naturalness': 9, 'clean': 9}";
            String answer = Json.write(Map.of(
                    "choices",
                    List.of(Map.of(
                            "index",
                            0,
                            "finish_reason",
                            "stop",
                            "message",
                            Map.of("role", "assistant", "content", scores.replace('\'', '"'))))));
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try {
            String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
            Object[] options = {
                "--images", file("theirs"), "--task", "add", "--items", 1, "--judge-url", url, "--judge-model", "eyes"
            };
            CliResult result = evalMigeBench("out", options);
            assertTrue(result.out().contains("judge: judge eyes, gedit"), result.out());
            assertTrue(result.out().contains("semantic consistency"), result.out());
            assertTrue(result.out().contains("6.0"), result.out());
            assertEquals(2, requests.size(), "two questions about one image");
            assertTrue(requests.get(0).contains("\"eyes\"") && requests.get(0).contains("base64"));
            evalMigeBench("out", options);
            assertEquals(2, requests.size(), "scores are kept");
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --steps 3 --images migebench     | --steps is a setting of a model, but --images has images that are \
            there already; remove it, or add --model
            --images nowhere                 | --images is 'nowhere', which is not a folder; name the folder of the \
            images
            --images migebench               | migebench has none of the images of this benchmark; expected files such \
            as add/7.jpg.
            --model a=x --model a=y          | --model names two rows 'a'; give them different names, such as --model \
            other=y
            --part 3/2                       | There is no part 3 of 2; the parts are 1/2 to 2/2.
            --part 2                         | '2' is no part; expected one such as 2/5, the second of five.
            --items 0                        | --items is '0', expected a whole number of at least 1
            --task move                      | --task is 'move', expected ADD or REPLACE
            --clip nowhere                   | nowhere: no such file or folder; mige download clip -o FOLDER downloads \
            the model for --clip
            --judge-model eyes               | --judge-url is missing; a judge needs --judge-url and --judge-model
            --judge-protocol imgedit         | --judge-url is missing; a judge needs --judge-url and --judge-model
            --judge-model a --judge-url b    | --judge-url is 'b', expected a URL such as http://127.0.0.1:8000/v1
            --size 64x64                     | --size is no setting of an evaluation; remove it
            --seed -1                        | --seed -1 is random, but an evaluation must be the same when it \
            resumes; give a seed
            """)
    void refusesWhatMakesNoSense(String options, String message) {
        List<Object> arguments = new ArrayList<>(List.of("eval", "migebench", "--data", file("migebench")));
        for (String word : options.split(" ")) arguments.add(word.equals("migebench") ? file("migebench") : word);
        arguments.addAll(List.of("-o", file("out")));
        CliResult result = mige(arguments.toArray());
        assertEquals("mige: " + message, result.firstErrorLine().replace(folder + "/", ""));
        assertEquals(2, result.exitCode());
    }
}

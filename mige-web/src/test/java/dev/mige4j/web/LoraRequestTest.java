package dev.mige4j.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The field {@code loras} and {@code GET /v1/loras}. */
class LoraRequestTest {

    static final String GENERATIONS = "/v1/images/generations", JOBS = "/v1/jobs";

    @TempDir
    Path folder;

    final FakeImageGenerator generator = FakeImageGenerator.unblocked();
    Server server;
    TestClient client;

    @BeforeEach
    void start() {
        write("my-mug", 8, "mymug");
        write("pen style", 8, "");
        start(ServerConfig.DEFAULT.withLoraFolder(folder));
    }

    void start(ServerConfig config) {
        server = Server.start(config.withPort(0), generator);
        client = new TestClient(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    void write(String name, long inFeatures, String trigger) {
        LoraConfig config = new LoraConfig(2, 2, List.of("attn.qkv"));
        LoraFile.write(
                folder.resolve(name + ".safetensors"),
                new LoraMetadata(config, "", trigger),
                config.init(Map.of("blocks.0.attn.qkv", new LinearSpec(inFeatures, 24)), 1));
    }

    /** The LoRAs of the last generation as text. */
    String applied() {
        return generator.loras.get(generator.loras.size() - 1).stream()
                .map(lora -> lora.name() + " " + lora.scale())
                .collect(Collectors.joining(", "));
    }

    String appliedBy(Object loras) {
        assertEquals(
                200,
                client.post(GENERATIONS, Map.of("prompt", "a dog", "loras", loras))
                        .status());
        return applied();
    }

    @Test
    void appliesTheLorasThatARequestNames() {
        assertEquals("my-mug 1.0", appliedBy("my-mug"));
        assertEquals("my-mug 0.5, pen style 1.0", appliedBy("my-mug:0.5,pen style"));
        assertEquals("pen style 1.0, my-mug -2.0", appliedBy(List.of("pen style", "my-mug:-2")));
        assertEquals(
                "my-mug 0.25, pen style 1.0",
                appliedBy(List.of(Map.of("name", "my-mug", "scale", 0.25), Map.of("name", "pen style"))));
        assertEquals("my-mug 0.25", appliedBy(Map.of("name", "my-mug", "scale", "0.25")));
        assertEquals("", appliedBy(List.of()));
        client.post(GENERATIONS, Map.of("prompt", "a dog"));
        assertEquals("", applied());
    }

    /** An accent as macOS writes it in file names. */
    @Test
    void offersNamesWithCombiningMarks() {
        String name = "cafe\u0301";
        assumeTrue(Charset.forName(System.getProperty("sun.jnu.encoding"))
                .newEncoder()
                .canEncode(name));
        write(name, 8, "");
        assertEquals(name + " 1.0", appliedBy(name));
    }

    @Test
    void formsRepeatTheFieldOrSeparateNamesByCommas() {
        client.postMultipart(GENERATIONS, "prompt", "a dog", "loras", "my-mug:0.5", "loras", "pen style");
        assertEquals("my-mug 0.5, pen style 1.0", applied());
        client.postMultipart(GENERATIONS, "prompt", "a dog", "loras[]", "pen style, my-mug:1.5");
        assertEquals("pen style 1.0, my-mug 1.5", applied());
        client.postMultipart(GENERATIONS, "prompt", "a dog", "loras", "");
        assertEquals("", applied());
    }

    @Test
    void jobsAndEditsApplyThemToo() {
        byte[] image = TestClient.png(8, 8, 7);
        String id = client.post(JOBS, Map.of("prompt", "a dog", "loras", "my-mug"))
                .json()
                .path("id")
                .asText();
        client.awaitState(id, "succeeded");
        assertEquals("my-mug 1.0", applied());
        client.postMultipart("/v1/images/edits", "prompt", "night", "image", image, "loras", "my-mug:2");
        assertEquals("my-mug 2.0", applied());
    }

    /** Status, field, and message. */
    String refusal(Object loras) {
        var response = client.post(GENERATIONS, Map.of("prompt", "a dog", "loras", loras));
        JsonNode error = response.json().path("error");
        return response.status() + " " + error.path("param").asText() + ": "
                + error.path("message").asText();
    }

    @Test
    void refusesOtherNamesAndScalesByTheirField() {
        int requests = generator.startedCount.get();
        String unknown = "There is no LoRA '%s'. GET /v1/loras lists those of the server.";
        assertEquals("404 loras: " + unknown.formatted("mug"), refusal("mug"));
        assertEquals("404 loras[1]: " + unknown.formatted("MY-MUG"), refusal(List.of("my-mug", "MY-MUG")));
        for (String path :
                List.of("../my-mug", folder.resolve("my-mug").toString(), "my-mug.safetensors", "./my-mug", "", "."))
            assertEquals(
                    "404 loras: " + unknown.formatted(path.strip()),
                    refusal(path).replace("…", ""));
        assertEquals(
                "400 loras[0].scale: 'loras[0].scale' is '11', expected a number from -10 to 10.",
                refusal(List.of("my-mug:11")));
        assertEquals(
                "400 loras.scale: 'loras.scale' is true, expected a number from -10 to 10.",
                refusal(Map.of("name", "my-mug", "scale", true)));
        assertEquals("400 loras[1]: 'loras' names 'my-mug' twice.", refusal(List.of("my-mug", "my-mug:2")));
        assertEquals(
                "400 loras[0].weight: Unknown parameter 'loras[0].weight'. A LoRA has name and scale.",
                refusal(List.of(Map.of("name", "my-mug", "weight", 1))));
        assertEquals("400 loras.name: The parameter 'loras.name' is missing.", refusal(Map.of("scale", 1)));
        assertEquals(
                "400 loras[0]: 'loras[0]' is 7, expected the name of a LoRA, or an object with name and scale.",
                refusal(List.of(7)));
        for (int count : new int[] {9, 1_000_000})
            assertEquals("400 loras: 'loras' has more than 8 elements.", refusal(Collections.nCopies(count, "my-mug")));
        assertEquals(requests, generator.startedCount.get());
    }

    @Test
    void refusesFilesThatDoNotFitOrCannotBeRead() throws IOException {
        write("other", 16, "");
        Files.writeString(folder.resolve("broken.safetensors"), "no tensors");
        assertEquals("400 loras: other.safetensors was made for another model.", refusal("other"));
        String broken = refusal("broken");
        assertTrue(broken.startsWith("400 loras: broken.safetensors"), broken);
        assertTrue(!broken.contains(folder.toString()), broken);
        SafeTensors.write(
                folder.resolve("peft.safetensors"),
                Map.of(),
                Map.of("base_model.model.blocks.0.attn.qkv.lora_A.weight", Tensor.ones(2, 8)));
        Files.writeString(folder.resolve("adapter_config.json"), "no JSON");
        String peft = refusal("peft");
        assertTrue(peft.startsWith("400 loras: adapter_config.json") && !peft.contains(folder.toString()), peft);
        write("failed", 8, "");
        Path failed = folder.resolve("failed.safetensors");
        byte[] bytes = Files.readAllBytes(failed);
        Arrays.fill(bytes, bytes.length - 4, bytes.length, (byte) 0xff);
        Files.write(failed, bytes);
        String nan = refusal("failed");
        assertTrue(nan.startsWith("400 loras: failed.safetensors") && nan.contains("NaN"), nan);
    }

    @Test
    void listsTheFilesOfTheFolderAsTheyComeAndGo() throws IOException {
        Files.writeString(folder.resolve("readme.txt"), "no LoRA");
        Files.writeString(folder.resolve("a,b.safetensors"), "a name that a request cannot state");
        write("space at the end ", 8, "");
        Files.createDirectory(folder.resolve("folder.safetensors"));
        assertEquals("my-mug pen style", names());
        JsonNode mug = client.get("/v1/loras").json().at("/data/0");
        assertEquals("lora", mug.path("object").asText());
        assertEquals("mymug", mug.path("trigger").asText());
        assertEquals(2, mug.path("rank").asInt());
        assertTrue(mug.path("fits").asBoolean());
        assertEquals(
                LoraFile.read(folder.resolve("my-mug.safetensors")).sha256(),
                mug.path("sha256").asText());
        assertEquals(
                Files.size(folder.resolve("my-mug.safetensors")),
                mug.path("bytes").asLong());

        write("later", 16, "");
        assertEquals("later my-mug pen style", names());
        JsonNode later = client.get("/v1/loras").json().at("/data/0");
        assertEquals(
                "later.safetensors was made for another model.",
                later.path("problem").asText());
        write("later", 8, "");
        assertEquals("later 1.0", appliedBy("later"));
        Files.delete(folder.resolve("later.safetensors"));
        assertEquals("my-mug pen style", names());
    }

    @Test
    void aFileThatIsDeletedWhileItIsListedSpoilsNoList() throws IOException {
        List<LoraFolder.Entry> entries = new LoraFolder(Optional.of(folder), generator).list();
        Files.delete(folder.resolve("my-mug.safetensors"));
        assertEquals(64, LoraList.LoraInfo.of(entries.get(0)).sha256().length());
    }

    String names() {
        List<String> names = new ArrayList<>();
        client.get("/v1/loras")
                .json()
                .path("data")
                .forEach(lora -> names.add(lora.path("name").asText()));
        return String.join(" ", names);
    }

    @Test
    void aServerWithoutAFolderHasNone() {
        server.close();
        start(ServerConfig.DEFAULT);
        assertEquals("", names());
        assertEquals(
                "400 loras: The server has no LoRA files. It has some when it is started with mige serve --loras DIR.",
                refusal("my-mug"));
    }
}

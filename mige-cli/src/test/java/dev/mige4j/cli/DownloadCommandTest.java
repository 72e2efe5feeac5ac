package dev.mige4j.cli;

import static dev.mige4j.cli.CliResult.mige;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.weights.hub.LocalHub;
import dev.mige4j.weights.hub.LocalHub.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadCommandTest {

    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    LocalHub hub;

    @BeforeEach
    void startHub() throws IOException {
        hub = new LocalHub().put("me/model", "config.json", CONTENT).put("me/model", "vae/config.json", CONTENT);
    }

    @AfterEach
    void stopHub() {
        hub.close();
    }

    private CliResult download(String... options) {
        Object[] arguments = new Object[options.length + 6];
        Object[] fixed = {"download", "me/model", "--hub", hub.url(), "-o", folder.resolve("got")};
        System.arraycopy(fixed, 0, arguments, 0, 6);
        System.arraycopy(options, 0, arguments, 6, options.length);
        return mige(arguments);
    }

    @Test
    void downloadsTheIncludedFilesFromAHub() throws IOException {
        CliResult result = download("--include", "vae/*");
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(folder.resolve("got/vae/config.json") + System.lineSeparator(), result.out());
        assertArrayEquals(CONTENT, Files.readAllBytes(folder.resolve("got/vae/config.json")));
    }

    @Test
    void downloadsFromAMirror() {
        CliResult result = mige("download", hub.mirrorUrl("me/model"), "-o", folder.resolve("got"));
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(2, result.out().lines().count());
    }

    @Test
    void listsWhatIsThereWhenNothingMatches() {
        CliResult result = download("--include", "*.safetensors");
        assertEquals(2, result.exitCode());
        assertEquals(
                "mige: me/model: has none of the requested files. It has config.json, vae/config.json.",
                result.firstErrorLine());
    }

    @Test
    void downloadsOnlyTheNeededFilesOfClip() {
        for (String file : List.of("config.json", "merges.txt", "pytorch_model.bin", "tf_model.h5", "vocab.json"))
            hub.put("openai/clip-vit-base-patch32", file, CONTENT);
        CliResult result = mige("download", "clip", "--hub", hub.url(), "-o", folder.resolve("got"));
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(
                List.of("config.json", "pytorch_model.bin", "vocab.json", "merges.txt"),
                result.out()
                        .lines()
                        .map(line -> Path.of(line).getFileName().toString())
                        .toList());
        assertEquals(4, folder.resolve("got").toFile().list((directory, name) -> !name.startsWith(".")).length);
    }

    @Test
    void prefersSafetensorsForDinoAndTakesACopy() {
        for (String file : List.of("config.json", "model.safetensors", "pytorch_model.bin", "vocab.json"))
            hub.put("me/dino", file, CONTENT);
        List<String> expected = List.of("config.json", "model.safetensors");
        for (String copy : List.of("me/dino", hub.mirrorUrl("me/dino").toString())) {
            CliResult result = mige(
                    "download",
                    "dino",
                    "--from",
                    copy,
                    "--hub",
                    hub.url(),
                    "-o",
                    folder.resolve("dino" + copy.length()));
            assertEquals(0, result.exitCode(), result.err());
            assertEquals(
                    expected,
                    result.out()
                            .lines()
                            .map(line -> Path.of(line).getFileName().toString())
                            .toList());
        }
    }

    @Test
    void saysWhatARepositoryOfAnEmbedderLacks() {
        assertEquals(
                "mige: me/model: has no model.safetensors or pytorch_model.bin, expected a copy of"
                        + " facebook/dino-vits16; check --from and --revision.",
                mige("download", "dino", "--from", "me/model", "--hub", hub.url(), "-o", folder.resolve("got"))
                        .firstErrorLine());
    }

    @Test
    void tellsThatItWaits() {
        hub.answer("/tree/", 1, Answer.status(503, "Retry-After", "1"));
        CliResult result = download();
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(
                result.err().contains("127.0.0.1: the server responds 503 (busy); next attempt in 1 s"), result.err());
    }

    @Test
    void rejectsInvalidArguments() {
        assertEquals(
                "mige: --include [: is not a pattern, expected one such as '*.json'",
                download("--include", "[").firstErrorLine());
        assertEquals(
                "mige: 'nothing' is not a repository, expected OWNER/NAME",
                mige("download", "nothing", "-o", folder.resolve("got")).firstErrorLine());
        assertEquals(
                "mige: --include is an option for other repositories",
                mige("download", "clip", "--include", "*", "-o", folder.resolve("got"))
                        .firstErrorLine());
        assertEquals(
                "mige: --from is an option for 'mige download published', 'clip' and 'dino'",
                download("--from", "me/other").firstErrorLine());
    }
}

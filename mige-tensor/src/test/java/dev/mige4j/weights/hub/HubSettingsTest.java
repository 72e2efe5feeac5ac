package dev.mige4j.weights.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of {@code huggingface_hub}. */
class HubSettingsTest {

    @TempDir
    Path home;

    private HubSettings settings(Map<String, String> environment) {
        return HubSettings.of(environment, home);
    }

    private void writeToken(String file, String token) throws IOException {
        Files.createDirectories(home.resolve(file).getParent());
        Files.writeString(home.resolve(file), token);
    }

    @Test
    void defaultsToTheFoldersInTheHomeOfTheUser() throws IOException {
        assertEquals(
                new HubSettings(URI.create("https://huggingface.co"), null, home.resolve(".cache/huggingface/hub")),
                settings(Map.of()));
        writeToken(".cache/huggingface/token", "hf_file\n");
        assertEquals("hf_file", settings(Map.of("HF_TOKEN", " ")).token());
    }

    @Test
    void foldersCanBeChosen() throws IOException {
        writeToken("elsewhere/token", "hf_elsewhere");
        HubSettings elsewhere = settings(Map.of("HF_HOME", "~/elsewhere", "XDG_CACHE_HOME", "/xdg"));
        assertEquals(home.resolve("elsewhere/hub"), elsewhere.cache());
        assertEquals("hf_elsewhere", elsewhere.token());
        assertEquals(
                Path.of("/xdg/huggingface/hub"),
                settings(Map.of("XDG_CACHE_HOME", "/xdg")).cache());
        assertEquals(
                Path.of("/cache"),
                settings(Map.of("HF_HOME", "/home", "HF_HUB_CACHE", "/cache")).cache());
        writeToken("secrets/hub", "hf_path");
        assertEquals(
                "hf_path", settings(Map.of("HF_TOKEN_PATH", "~/secrets/hub")).token());
    }

    @Test
    void theVariablePrecedesTheTokenFile() throws IOException {
        writeToken(".cache/huggingface/token", "hf_file");
        assertEquals(
                "hf_variable", settings(Map.of("HF_TOKEN", "hf_variable\r\n")).token());
    }

    @Test
    void theHubCanBeChosen() {
        assertEquals(
                URI.create("https://mirror.example.org/hf"),
                settings(Map.of("HF_ENDPOINT", "https://mirror.example.org/hf/"))
                        .endpoint());
        assertEquals(
                URI.create("http://localhost:8080"),
                settings(Map.of()).withEndpoint("http://localhost:8080").endpoint());
        assertNull(settings(Map.of()).token());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mirror.example.org", "ftp://example.org", "https://", "https://a b"})
    void anEndpointThatIsNoServerIsRejected(String endpoint) {
        var e = assertThrows(UsageException.class, () -> settings(Map.of("HF_ENDPOINT", endpoint)));
        assertEquals(
                "'" + endpoint + "' is not the address of a server, expected one such as https://huggingface.co",
                e.getMessage());
    }

    @Test
    void aTokenThatCannotBeSentIsRejectedWithoutShowingIt() {
        var e = assertThrows(UsageException.class, () -> settings(Map.of("HF_TOKEN", "hf_a\nhf_b")));
        assertEquals(
                "The variable HF_TOKEN: contains no access token, expected one such as hf_... on one line.",
                e.getMessage());
    }
}

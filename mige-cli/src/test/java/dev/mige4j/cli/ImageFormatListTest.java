package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.ImageFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that name the image formats name those of {@link ImageFormat}, all of them. */
class ImageFormatListTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/server.md",
                "mige-web/src/main/resources/dev/mige4j/web/page/openapi.json",
                "mige-cli/src/main/java/dev/mige4j/cli/EditCommand.java"
            })
    void documentsNameAllFormats(String file) throws Exception {
        assertTrue(read(file).replaceAll("[\"+\\s]+", " ").contains(ImageFormat.list()), file);
    }

    private static String read(String file) throws Exception {
        return Files.readString(ROOT.resolve(file));
    }
}

package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.image.ImageFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that name the image formats name those of {@link ImageFormat}, all of them. */
class ImageFormatListTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String PAGE = "mige-web/src/main/resources/dev/mige4j/web/page/";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "docs/server.md",
                PAGE + "openapi.json",
                PAGE + "js/images.js",
                PAGE + "js/upload.js",
                "mige-cli/src/main/java/dev/mige4j/cli/EditCommand.java"
            })
    void documentsNameAllFormats(String file) throws Exception {
        assertTrue(read(file).replaceAll("[\"+\\s]+", " ").contains(ImageFormat.list()), file);
    }

    @Test
    void thePageOffersAllFormats() throws Exception {
        String mediaTypes =
                Arrays.stream(ImageFormat.values()).map(ImageFormat::mediaType).collect(Collectors.joining(","));
        assertTrue(read(PAGE + "index.html").contains("accept=\"" + mediaTypes + "\""));
        String subtypes = mediaTypes.replace("image/", "").replace(',', '|');
        assertTrue(read(PAGE + "js/images.js").contains("image\\/(" + subtypes + ")$"), subtypes);
    }

    private static String read(String file) throws Exception {
        return Files.readString(ROOT.resolve(file));
    }
}

package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FileContentTest {

    @TempDir
    Path folder;

    static Stream<Arguments> contents() {
        return Stream.of(
                Arguments.of("", "empty"),
                Arguments.of(
                        "\n <!-- x --> <!DOCTYPE html>\n<html><TITLE>\nNot Found </title>",
                        "an HTML page (\"Not Found\")"),
                Arguments.of("<html><body>502</body></html>", "an HTML page"),
                Arguments.of(
                        "<?xml version=\"1.0\"?>\n<Error><Message>Access Denied</Message></Error>",
                        "an XML text (\"Access Denied\")"),
                Arguments.of("{\"error\":\"Repository not found\"}", "a JSON text (\"Repository not found\")"),
                Arguments.of("{\"a\": 1}", "a JSON text"),
                Arguments.of("Entry not found", "a text (\"Entry not found\")"),
                Arguments.of("\u00c3\u00bc".repeat(2000), "a text (\"" + "ü".repeat(77) + "...\")"),
                Arguments.of(
                        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1233556\n",
                        "a Git LFS pointer to the file of 1.2 MB"),
                Arguments.of(
                        "version https://git-lfs.github.com/spec/v1\r\noid sha256:4d\r\nsize 12\r\n",
                        "a Git LFS pointer to the file of 12 bytes"),
                Arguments.of("/annex/objects/SHA256E-s12--4d.bin\n", "a git-annex pointer"),
                Arguments.of("GGUF\3\0\0\0", "a GGUF file"),
                Arguments.of("\u001f\u008b\u0008\0", "a gzip file"),
                Arguments.of("BZh91AY", "a bzip2 file"),
                Arguments.of("\u00fd7zXZ\0", "an xz file"),
                Arguments.of("(\u00b5/\u00fd\4", "a zstd file"),
                Arguments.of("7z\u00bc\u00af'\u001c", "a 7z archive"),
                Arguments.of("PK\u0003\u0004", "a zip archive"),
                Arguments.of("name" + "\0".repeat(253) + "ustar\0", "a tar archive"),
                Arguments.of("\u0089HDF\r\n\u001a\n", "an HDF5 file, such as Keras writes"),
                Arguments.of("\u0093NUMPY\1", "a NumPy array"),
                Arguments.of("\10\7\22\7pytorch", "an ONNX model"),
                Arguments.of("\u0081\u00a6params\u0081", "a msgpack file, such as Flax writes"),
                Arguments.of("\20\0\0\0\0\0\0\0{}", "a safetensors file"),
                Arguments.of("\u0080\2}q", "a pickle"),
                Arguments.of("\0".repeat(64), "zeros, as of an interrupted download"),
                Arguments.of("\u0089PNG\r\n\u001a\n", "a PNG image"),
                Arguments.of("MM\0*\0\0\0\10", "a TIFF image"),
                Arguments.of("II+\0\10\0\0\0", "a BigTIFF image"),
                Arguments.of("\0\0\0\34ftypheic\0\0\0\0mif1heicmiaf", "a HEIC image"),
                Arguments.of("\0\0\0\34ftypmif1\0\0\0\0mif1heicmiaf", "a HEIC image"),
                Arguments.of("\0\0\0\34ftypmif1\0\0\0\0mif1avifmiaf", "an AVIF image"),
                Arguments.of("\0\0\0\40ftypavif\0\0\0\0avifmif1miaf", "an AVIF image"),
                Arguments.of("\0\0\0\30ftypcrx \0\0\0\1crx isom", "the raw file of a camera"),
                Arguments.of("\0\0\0\30ftypmp42\0\0\0\0isommp42", "a video"),
                Arguments.of("\0\0\0\14jP  \r\n\u0087\n", "a JPEG 2000 image"),
                Arguments.of("\0\0\0\14JXL \r\n\u0087\n", "a JPEG XL image"),
                Arguments.of("\u00ff\n\u00fa\u001f", "a JPEG XL image"),
                Arguments.of("8BPS\0\1", "a Photoshop document"),
                Arguments.of("<?xml version=\"1.0\"?>\n<!-- x -->\n<svg xmlns=\"x\"/>", "an SVG drawing"),
                Arguments.of("<svg width=\"4\"></svg>", "an SVG drawing"));
    }

    @ParameterizedTest
    @MethodSource("contents")
    void namesWhatAFileIs(String bytes, String description) {
        Optional<FileContent> content = FileContent.recognize(bytes.getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(description, content.map(FileContent::description).orElse("unknown"));
    }

    @Test
    void doesNotNameUnknownBytes() {
        for (byte[] bytes : new byte[][] {{0x0A, 0x0E, 0x0A, 5}, {1, 2, 3}, {(byte) 0xC3}})
            assertTrue(FileContent.recognize(bytes).isEmpty(), Arrays.toString(bytes));
    }

    @Test
    void saysWhatToDo() throws IOException {
        Path file = folder.resolve("config.json");
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n");
        assertEquals(
                file + ": is a Git LFS pointer to the file of 12 bytes, expected JSON; "
                        + "run `git lfs pull` in its folder, or download the file again.",
                assertThrows(UsageException.class, () -> Json.read(file)).getMessage());
        Files.writeString(file, "<html><title>Sign in</title></html>");
        assertEquals(
                file + ": is an HTML page (\"Sign in\"), expected JSON; download the file again.",
                assertThrows(UsageException.class, () -> ConfigFile.read(file, Runnable.class))
                        .getMessage());
    }
}

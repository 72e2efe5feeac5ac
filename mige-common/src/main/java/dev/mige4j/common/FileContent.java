package dev.mige4j.common;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file holds, recognised by its first bytes, for the message about a file that is not what its name says: an
 * error page, a Git LFS pointer, an archive, or another model format.
 *
 * @param description such as {@code an HTML page}
 * @param remedy what the user can do, such as {@code download the file again}
 */
public record FileContent(String description, String remedy) {

    /** Number of bytes that are enough to recognise a file. */
    public static final int HEAD_BYTES = 2048;

    private static final String DOWNLOAD = "download the file again",
            UNPACK = "unpack it first",
            OTHER_FORMAT = "get the file in that format",
            OTHER_FILE = "specify another file",
            DEVELOP = "export it as JPEG, PNG or TIFF from a raw developer such as darktable",
            CAMERA_RAW = "the raw file of a camera",
            JSON = "a JSON text";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Magic(String description, String remedy, int offset, byte[] bytes) {
        Magic(String description, String remedy, int offset, String latin1) {
            this(description, remedy, offset, latin1.getBytes(StandardCharsets.ISO_8859_1));
        }

        boolean matches(byte[] head) {
            int end = offset + bytes.length;
            return head.length >= end && Arrays.equals(head, offset, end, bytes, 0, bytes.length);
        }
    }

    private static final List<Magic> MAGICS = List.of(
            new Magic("a GGUF file", OTHER_FORMAT, 0, "GGUF"),
            new Magic("a GGML file", OTHER_FORMAT, 0, "lmgg"),
            new Magic("a GGML file", OTHER_FORMAT, 0, "tjgg"),
            new Magic("an HDF5 file, such as Keras writes", OTHER_FORMAT, 0, "\u0089HDF\r\n\u001a\n"),
            new Magic("a NumPy array", OTHER_FORMAT, 0, "\u0093NUMPY"),
            new Magic("a TensorFlow Lite model", OTHER_FORMAT, 4, "TFL3"),
            new Magic("a Parquet file", OTHER_FILE, 0, "PAR1"),
            new Magic("an SQLite database", OTHER_FILE, 0, "SQLite format 3"),
            new Magic("a gzip file", UNPACK, 0, "\u001f\u008b"),
            new Magic("a bzip2 file", UNPACK, 0, "BZh"),
            new Magic("an xz file", UNPACK, 0, "\u00fd7zXZ"),
            new Magic("a zstd file", UNPACK, 0, "(\u00b5/\u00fd"),
            new Magic("an LZ4 file", UNPACK, 0, "\u0004\"M\u0018"),
            new Magic("a 7z archive", UNPACK, 0, "7z\u00bc\u00af'\u001c"),
            new Magic("a RAR archive", UNPACK, 0, "Rar!\u001a\u0007"),
            new Magic("a tar archive", UNPACK, 257, "ustar"),
            new Magic("a zip archive", OTHER_FILE, 0, "PK\u0003\u0004"),
            new Magic("a PNG image", OTHER_FILE, 0, "\u0089PNG\r\n"),
            new Magic("a JPEG image", OTHER_FILE, 0, "\u00ff\u00d8\u00ff"),
            new Magic("a GIF image", OTHER_FILE, 0, "GIF8"),
            new Magic("a WebP image", OTHER_FILE, 8, "WEBP"),
            new Magic("a TIFF image", OTHER_FILE, 0, "II*\0"),
            new Magic("a TIFF image", OTHER_FILE, 0, "MM\0*"),
            new Magic("a BigTIFF image", "copy it with `tiffcp in.tif out.tif`", 0, "II+\0"),
            new Magic("a BigTIFF image", "copy it with `tiffcp in.tif out.tif`", 0, "MM\0+"),
            new Magic("a JPEG 2000 image", convertWith("opj_decompress -i in.jp2 -o out.png"), 4, "jP  \r\n"),
            new Magic("a JPEG 2000 image", convertWith("opj_decompress -i in.j2k -o out.png"), 0, "\u00ffO\u00ffQ"),
            new Magic("a JPEG XL image", convertWith("djxl in.jxl out.png"), 4, "JXL \r\n"),
            new Magic("a JPEG XL image", convertWith("djxl in.jxl out.png"), 0, "\u00ff\n"),
            new Magic("a Photoshop document", convertWith("convert in.psd[0] out.png"), 0, "8BPS"),
            new Magic("an OpenEXR image", convertWith("convert in.exr out.png"), 0, "v/1\u0001"),
            new Magic("an icon", convertWith("convert in.ico[0] out.png"), 0, "\0\0\u0001\0"),
            new Magic(CAMERA_RAW, DEVELOP, 0, "FUJIFILMCCD-RAW"),
            new Magic(CAMERA_RAW, DEVELOP, 0, "IIU\0"),
            new Magic(CAMERA_RAW, DEVELOP, 0, "IIRO"),
            new Magic(CAMERA_RAW, DEVELOP, 0, "MMOR"),
            new Magic("a PDF document", convertWith("pdftoppm -png in.pdf out"), 0, "%PDF-"),
            new Magic("a program", OTHER_FILE, 0, "\u007fELF"),
            new Magic("a pickle", OTHER_FILE, 0, "\u0080\u0002"),
            new Magic("a pickle", OTHER_FILE, 0, "\u0080\u0003"),
            new Magic("a pickle", OTHER_FILE, 0, "\u0080\u0004"),
            new Magic("a pickle", OTHER_FILE, 0, "\u0080\u0005"),
            new Magic("a text in UTF-16", "save it in UTF-8", 0, "\u00ff\u00fe"));

    private static final Pattern
            LFS_POINTER =
                    Pattern.compile("version https://git-lfs\\S*\\s.*?(?:\nsize (\\d{1,18}))?\\s*", Pattern.DOTALL),
            ANNEX_POINTER = Pattern.compile("(/annex/objects/|(\\.\\./)*\\.git/annex/objects/).*", Pattern.DOTALL),
            HTML = Pattern.compile("(?is)(<!--.*?-->\\s*)*<(!doctype html|html|head|body|title|script)\\b.*"),
            SVG = Pattern.compile("(?s)(<\\?xml.*?\\?>\\s*|<!--.*?-->\\s*|<!DOCTYPE svg.*?>\\s*)*<svg\\b.*"),
            XML = Pattern.compile("(?s)<(\\?xml|[A-Za-z]).*"),
            JSON_START = Pattern.compile("(?s)[{\\[].*"),
            TITLE = Pattern.compile("(?is)<(title|message)>\\s*(.*?)\\s*</"),
            JSON_MESSAGE = Pattern.compile("\"(?:error|message|detail)\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** Recognises a file; empty if the content is unknown or cannot be read. */
    public static Optional<FileContent> recognize(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return recognize(in.readNBytes(HEAD_BYTES));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Recognises a file by its bytes, of which the first {@value #HEAD_BYTES} are enough; empty if it is unknown. */
    public static Optional<FileContent> recognize(byte[] file) {
        byte[] head = file.length <= HEAD_BYTES ? file : Arrays.copyOf(file, HEAD_BYTES);
        if (head.length == 0) return Optional.of(new FileContent("empty", DOWNLOAD));
        for (Magic magic : MAGICS)
            if (magic.matches(head)) return Optional.of(new FileContent(magic.description, magic.remedy));
        Optional<FileContent> media = isoMedia(head);
        if (media.isPresent()) return media;
        if (isSafeTensors(head)) return Optional.of(new FileContent("a safetensors file", OTHER_FILE));
        if (isFlax(head)) return Optional.of(new FileContent("a msgpack file, such as Flax writes", OTHER_FORMAT));
        if (isOnnx(head)) return Optional.of(new FileContent("an ONNX model", OTHER_FORMAT));
        if (isAllZero(head)) return Optional.of(new FileContent("zeros, as of an interrupted download", DOWNLOAD));
        return text(head).map(FileContent::ofText);
    }

    private static String convertWith(String command) {
        return "convert it to PNG, for example with `" + command + "`";
    }

    /** Images and videos in boxes, of which the first lists the brands of the content. */
    private static Optional<FileContent> isoMedia(byte[] head) {
        if (!new Magic("", "", 4, "ftyp").matches(head)) return Optional.empty();
        int length = Math.min(head.length, Math.max(12, (head[2] << 8) | (head[3] & 255)));
        String brands = new String(head, 8, length - 8, StandardCharsets.ISO_8859_1);
        if (brands.contains("avif") || brands.contains("avis"))
            return Optional.of(new FileContent("an AVIF image", convertWith("avifdec in.avif out.png")));
        if (brands.startsWith("crx ")) return Optional.of(new FileContent(CAMERA_RAW, DEVELOP));
        if (brands.startsWith("hei") || brands.startsWith("hev") || brands.startsWith("mif1"))
            return Optional.of(new FileContent("a HEIC image", convertWith("heif-convert in.heic out.png")));
        return Optional.of(new FileContent("a video", OTHER_FILE));
    }

    /** The first eight bytes are the length of a JSON header. */
    private static boolean isSafeTensors(byte[] head) {
        return head.length > 8 && head[8] == '{' && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] == 0;
    }

    /** A map of few entries, or of up to 65535, whose first key is a short string. */
    private static boolean isFlax(byte[] head) {
        int first = head[0] & 0xFF, key = first == 0xDE ? 3 : 1;
        if ((first != 0xDE && (first < 0x81 || first > 0x8F)) || head.length < key + 2) return false;
        int stringType = head[key] & 0xFF;
        return ((stringType >= 0xA1 && stringType <= 0xBF) || stringType == 0xD9) && head[key + 1] >= ' ';
    }

    /** Field 1, a version below 32, and field 2, the name of the producer. */
    private static boolean isOnnx(byte[] head) {
        return head.length > 4 && head[0] == 8 && head[1] > 0 && head[1] < 32 && head[2] == 0x12 && head[4] >= ' ';
    }

    private static boolean isAllZero(byte[] head) {
        for (byte b : head) if (b != 0) return false;
        return true;
    }

    /** The head as text without control characters; its last characters may be cut. */
    private static Optional<String> text(byte[] head) {
        var decoder = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
        int complete = head.length; // without a character that the end of the head cuts
        for (int i = 1; i <= 3 && i <= head.length && head.length >= HEAD_BYTES; i++)
            if ((head[head.length - i] & 0xC0) == 0xC0) complete = head.length - i;
        try {
            String text = decoder.decode(ByteBuffer.wrap(head, 0, complete))
                    .toString()
                    .replace("\uFEFF", "");
            boolean printable = text.chars()
                    .allMatch(c -> (c >= ' ' && c != 0x7F) || c == '\n' || c == '\r' || c == '\t' || c == '\f');
            return printable ? Optional.of(text.strip()) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static FileContent ofText(String text) {
        Matcher lfs = LFS_POINTER.matcher(text);
        if (lfs.matches())
            return new FileContent(
                    "a Git LFS pointer to the file"
                            + (lfs.group(1) == null ? "" : " of " + ByteSize.format(Long.parseLong(lfs.group(1)))),
                    "run `git lfs pull` in its folder, or " + DOWNLOAD);
        if (ANNEX_POINTER.matcher(text).matches())
            return new FileContent("a git-annex pointer", "run `git annex get` in its folder, or " + DOWNLOAD);
        if (HTML.matcher(text).matches()) return new FileContent("an HTML page" + quote(TITLE, 2, text), DOWNLOAD);
        if (SVG.matcher(text).matches())
            return new FileContent("an SVG drawing", convertWith("rsvg-convert -o out.png in.svg"));
        if (XML.matcher(text).matches()) return new FileContent("an XML text" + quote(TITLE, 2, text), DOWNLOAD);
        if (JSON_START.matcher(text).matches()) return new FileContent(JSON + quote(JSON_MESSAGE, 1, text), DOWNLOAD);
        return new FileContent("a text (\"" + excerpt(text) + "\")", DOWNLOAD);
    }

    private static String quote(Pattern pattern, int group, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? " (\"" + excerpt(matcher.group(group)) + "\")" : "";
    }

    private static String excerpt(String text) {
        String line = text.replaceAll("\\s+", " ").replaceAll("\\p{C}", "?");
        return line.length() <= 80 ? line : line.substring(0, 77) + "...";
    }

    /** Whether it is JSON. */
    public boolean isJson() {
        return description.startsWith(JSON);
    }

    /**
     * The message about a file with this content.
     *
     * @param file its name or path
     * @param expected what it should be, such as {@code a SentencePiece model}
     */
    public String message(String file, String expected) {
        return String.format(Locale.ROOT, "%s: is %s, expected %s; %s.", file, description, expected, remedy);
    }
}

package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Orientation and colours of a PNG file.
 *
 * <p>Orientation: the chunk eXIf, the raw profiles that ImageMagick and exiftool write as texts, XMP. Colours, as in
 * browsers, the first of: cICP (sRGB and Display P3; others are left out), iCCP, sRGB, and gAMA with or without cHRM. A
 * gAMA of 1/2.2 stands for the curve of sRGB, as the specification recommends it to writers; cHRM alone is ignored.
 */
final class PngMetadata {

    /** The bytes of a raw profile: its name, its length, and the bytes as hexadecimal digits. */
    private static final Pattern RAW_PROFILE = Pattern.compile("\\s*\\S{0,79}\\s+\\d{1,9}\\s([0-9a-fA-F\\s]*+)");

    private final byte[] file;
    private final Map<String, PngChunk> chunks = new HashMap<>(); // the first one of each type
    private final ExifOrientation orientation = new ExifOrientation();
    private Optional<byte[]> rawIcc = Optional.empty();

    private PngMetadata(byte[] file) throws CorruptImageException {
        this.file = file;
        for (PngChunk chunk : PngChunk.list(file)) chunks.putIfAbsent(chunk.type(), chunk);
        PngChunk exif = chunks.get("eXIf");
        if (exif != null) orientation.addExif(file, exif.offset(), exif.length());
        PngText.read(file).forEach((keyword, text) -> addText(keyword.toLowerCase(Locale.ROOT), text));
    }

    static ImageMetadata read(byte[] file) throws CorruptImageException {
        PngMetadata metadata = new PngMetadata(file);
        return ImageMetadata.of(metadata.orientation, metadata.icc(), metadata.isGrey() ? 1 : 3);
    }

    private void addText(String keyword, String text) {
        switch (keyword) {
            case "xml:com.adobe.xmp" -> addXmp(text.getBytes(StandardCharsets.UTF_8), 0);
            case "raw profile type exif", "raw profile type app1", "raw profile type xmp" ->
                rawProfile(text).ifPresent(this::addRawProfile);
            case "raw profile type icc", "raw profile type icm" -> rawIcc = rawProfile(text);
            default -> {}
        }
    }

    private void addRawProfile(byte[] profile) {
        if (ImageFormat.matches(profile, 0, JpegEncoder.XMP_SIGNATURE.getBytes(StandardCharsets.US_ASCII)))
            addXmp(profile, JpegEncoder.XMP_SIGNATURE.length());
        else if (profile.length > 0 && profile[0] == '<') addXmp(profile, 0);
        else orientation.addExif(profile, 0, profile.length);
    }

    private void addXmp(byte[] packet, int offset) {
        orientation.addXmp(packet, offset, packet.length - offset);
    }

    private static Optional<byte[]> rawProfile(String text) {
        Matcher matcher = RAW_PROFILE.matcher(text);
        if (!matcher.matches()) return Optional.empty();
        String digits = matcher.group(1).replaceAll("\\s", "");
        return Optional.of(HexFormat.of().parseHex(digits.substring(0, digits.length() & ~1)));
    }

    private boolean isGrey() {
        return data("IHDR", 13).filter(header -> (header[9] & 2) == 0).isPresent();
    }

    /** The ICC profile that the chunks have or describe; empty for sRGB. */
    private Optional<byte[]> icc() {
        Optional<byte[]> codePoints = data("cICP", 4);
        if (codePoints.isPresent()) {
            byte[] c = codePoints.get();
            boolean srgbCurve = c[1] == 13 && c[2] == 0 && c[3] == 1;
            if (srgbCurve && c[0] == 1) return Optional.empty();
            if (srgbCurve && c[0] == 12) return MatrixProfile.DISPLAY_P3.toIcc();
        }
        PngChunk embedded = chunks.get("iCCP");
        if (embedded != null) return inflate(embedded);
        if (chunks.containsKey("sRGB")) return Optional.empty();
        if (rawIcc.isPresent()) return rawIcc;
        return data("gAMA", 4)
                .flatMap(gamma -> gammaProfile(ByteBuffer.wrap(gamma).getInt() / 1e5));
    }

    /** iCCP: name, 0, compression method, compressed profile. */
    private Optional<byte[]> inflate(PngChunk chunk) {
        byte[] data = chunk.data(file, ColourProfile.MAX_BYTES);
        int name = PngText.indexOfZero(data, 0);
        return name < 0 ? Optional.empty() : PngText.inflate(data, name + 2, ColourProfile.MAX_BYTES);
    }

    private Optional<byte[]> gammaProfile(double encodingGamma) {
        if (!(encodingGamma >= 0.1 && encodingGamma <= 10)) return Optional.empty();
        // within the 5 % in which libpng sees no difference
        boolean srgbCurve = Math.abs(encodingGamma * 2.2 - 1) < 0.05;
        OptionalDouble gamma = srgbCurve ? OptionalDouble.empty() : OptionalDouble.of(1 / encodingGamma);
        double[][] xy = {{0.3127, 0.3290}, {0.64, 0.33}, {0.3, 0.6}, {0.15, 0.06}}; // of sRGB: white, red, green, blue
        data("cHRM", 32).map(ByteBuffer::wrap).ifPresent(values -> {
            for (double[] point : xy) for (int i = 0; i < 2; i++) point[i] = values.getInt() / 1e5;
        });
        return new MatrixProfile(xy[0], xy[1], xy[2], xy[3], gamma).toIcc();
    }

    /** The data of a chunk that has this length. */
    private Optional<byte[]> data(String type, int length) {
        PngChunk chunk = chunks.get(type);
        return chunk == null || chunk.length() != length ? Optional.empty() : Optional.of(chunk.data(file, length));
    }
}

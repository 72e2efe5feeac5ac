package dev.mige4j.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The orientation that a file's metadata state, 1 (upright) to 8, as in EXIF.
 *
 * <p>EXIF blocks come first, in the order of the file; XMP counts only if none of them states an orientation, as in
 * Pillow and exiftool. Metadata that are damaged, or state another value, count as absent.
 */
final class ExifOrientation {

    static final int UPRIGHT = 1;

    private static final int ORIENTATION_TAG = 0x0112;

    private static final byte[] EXIF_PREFIX = {'E', 'x', 'i', 'f', 0};

    private static final Pattern XMP_NAMESPACE =
            Pattern.compile("xmlns:([\\w.-]{1,64})\\s{0,9}=\\s{0,9}[\"']http://ns\\.adobe\\.com/tiff/1\\.0/[\"']");

    private final List<ByteArrayOutputStream> exif = new ArrayList<>();
    private final List<TiffDirectory> directories = new ArrayList<>();
    private final List<String> xmp = new ArrayList<>();

    /**
     * Adds an EXIF block, with or without the prefix {@code Exif\0\0}. A block that does not start with a TIFF header
     * continues the one before, as JPEG files split a block that is longer than a segment.
     */
    void addExif(byte[] bytes, int offset, int length) {
        if (length > EXIF_PREFIX.length && ImageFormat.matches(bytes, offset, EXIF_PREFIX)) {
            offset += EXIF_PREFIX.length + 1;
            length -= EXIF_PREFIX.length + 1;
        }
        if (exif.isEmpty() || TiffDirectory.startsAt(bytes, offset, length)) exif.add(new ByteArrayOutputStream());
        exif.get(exif.size() - 1).write(bytes, offset, length);
    }

    /** Adds the directory of a TIFF file. */
    void addDirectory(TiffDirectory directory) {
        directories.add(directory);
    }

    /** Adds an XMP packet in UTF-8 or UTF-16. */
    void addXmp(byte[] bytes, int offset, int length) {
        xmp.add(new String(bytes, offset, length, StandardCharsets.ISO_8859_1).replace("\0", ""));
    }

    /** The orientation, {@link #UPRIGHT} if nothing states one. */
    int value() {
        for (ByteArrayOutputStream block : exif) directories.add(TiffDirectory.read(block.toByteArray()));
        for (TiffDirectory directory : directories) {
            long value = directory.value(ORIENTATION_TAG, 0L);
            if (isValid(value)) return (int) value;
        }
        for (String packet : xmp) {
            int value = ofXmp(packet);
            if (isValid(value)) return value;
        }
        return UPRIGHT;
    }

    private static boolean isValid(long orientation) {
        return orientation >= 1 && orientation <= 8;
    }

    /**
     * The value of {@code tiff:Orientation}, as an attribute or an element; 0 without it. The text is searched, not
     * parsed as XML, so that neither entities nor damage elsewhere matter.
     */
    private static int ofXmp(String packet) {
        Matcher namespace = XMP_NAMESPACE.matcher(packet);
        String name = Pattern.quote((namespace.find() ? namespace.group(1) : "tiff") + ":Orientation");
        Matcher value = Pattern.compile("\\s" + name + "\\s{0,9}=\\s{0,9}[\"']\\s{0,9}(\\d)\\s{0,9}[\"']" + "|<" + name
                        + "(?:\\s[^<>]{0,99})?>\\s{0,99}(\\d)\\s{0,99}<")
                .matcher(packet);
        if (!value.find()) return 0;
        return Integer.parseInt(value.group(1) != null ? value.group(1) : value.group(2));
    }
}

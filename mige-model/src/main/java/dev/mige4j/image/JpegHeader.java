package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Segments of a JPEG file up to the first scan, and the size and colours that they state.
 *
 * @param frameMarker the kind of coding: 0xC0 to 0xCF for SOF0 to SOF15, 0xF7 for JPEG-LS
 * @param components number of colour components: 1, 3 or 4
 * @param componentIds their identifiers as characters, "RGB" for example
 * @param adobeTransform colour transform of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK; -1 without that segment
 * @param scanOffset where the data of the first scan start
 */
record JpegHeader(
        int frameMarker,
        int bitsPerSample,
        int width,
        int height,
        int components,
        String componentIds,
        boolean jfif,
        int adobeTransform,
        List<Segment> segments,
        int scanOffset) {

    private static final int MAX_SEGMENTS = 1 << 16;
    private static final int START_OF_SCAN = 0xDA, END_OF_IMAGE = 0xD9;

    /** A marker segment; its data are {@code length} bytes at {@code offset} of the file. */
    record Segment(int marker, int offset, int length) {

        /** Whether decoding needs it: all but the application segments (profiles, thumbnails) and comments. */
        boolean isEssential() {
            return marker < 0xE0 || (marker > 0xEF && marker != 0xFE);
        }

        /** Whether it is one of SOF0 to SOF15 or that of JPEG-LS, which hold the size. */
        private boolean isFrameHeader() {
            return marker == 0xF7
                    || (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
        }

        /** Whether its data start with {@code prefix}, in Latin-1. */
        boolean startsWith(byte[] file, String prefix) {
            return length >= prefix.length()
                    && ImageFormat.matches(file, offset, prefix.getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    static JpegHeader read(byte[] file) throws CorruptImageException {
        List<Segment> segments = segments(file);
        boolean jfif = false;
        int adobeTransform = -1;
        Segment frame = null;
        for (Segment segment : segments) {
            if (segment.marker == 0xE0) {
                jfif |= segment.startsWith(file, "JFIF");
            } else if (segment.marker == 0xEE && segment.startsWith(file, "Adobe") && segment.length >= 12) {
                adobeTransform = file[segment.offset + 11] & 255;
            } else if (segment.isFrameHeader()) {
                if (frame != null || segment.length < 6) throw new CorruptImageException("its frame header is corrupt");
                frame = segment;
            }
        }
        if (frame == null) throw new CorruptImageException("it has no frame header");
        int at = frame.offset, components = file[at + 5] & 255;
        if ((components != 1 && components != 3 && components != 4) || frame.length < 6 + 3 * components)
            throw new CorruptImageException("it has %d colour components, expected 1, 3 or 4", components);
        StringBuilder ids = new StringBuilder();
        for (int c = 0; c < components; c++) ids.append((char) (file[at + 6 + 3 * c] & 255));
        Segment scan = segments.get(segments.size() - 1);
        return new JpegHeader(
                frame.marker,
                file[at] & 255,
                uint16(file, at + 3),
                uint16(file, at + 1),
                components,
                ids.toString(),
                jfif,
                adobeTransform,
                segments,
                scan.offset + scan.length);
    }

    /** The XMP packet, if the file has one. */
    static Optional<byte[]> xmpPacket(byte[] file) throws CorruptImageException {
        for (Segment segment : segments(file))
            if (segment.marker == 0xE1 && segment.startsWith(file, JpegEncoder.XMP_SIGNATURE))
                return Optional.of(Arrays.copyOfRange(
                        file, segment.offset + JpegEncoder.XMP_SIGNATURE.length(), segment.offset + segment.length));
        return Optional.empty();
    }

    /** All segments up to the first start-of-scan segment, which is the last one of the list. */
    private static List<Segment> segments(byte[] file) throws CorruptImageException {
        List<Segment> segments = new ArrayList<>();
        for (int position = 2; ; ) {
            while (position < file.length && (file[position] & 255) != 0xFF) position++; // some writers pad here
            while (position < file.length && (file[position] & 255) == 0xFF) position++;
            if (position + 2 >= file.length) throw endsBeforePixels();
            int marker = file[position++] & 255;
            if (marker == END_OF_IMAGE) throw new CorruptImageException("it has no pixel data");
            if (marker <= 1 || (marker >= 0xD0 && marker <= 0xD8)) continue; // markers without a segment
            int length = uint16(file, position);
            if (length < 2 || length > file.length - position) throw endsBeforePixels();
            segments.add(new Segment(marker, position + 2, length - 2));
            if (segments.size() > MAX_SEGMENTS)
                throw new CorruptImageException("it has more than %d segments", MAX_SEGMENTS);
            if (marker == START_OF_SCAN) return segments;
            position += length;
        }
    }

    /** Scans times pixels. */
    long work(byte[] file) {
        return (long) scans(file) * width * height;
    }

    /** The number of scans of the image; more than one in progressive files. Takes time linear in the file's length. */
    int scans(byte[] file) {
        int scans = 1, position = scanOffset;
        while (position < file.length - 3) {
            int marker = (file[position] & 255) == 0xFF ? file[position + 1] & 255 : 0;
            if (marker == END_OF_IMAGE) break;
            if (marker == START_OF_SCAN) scans++;
            boolean hasSegment = marker > 1 && marker < 0xFF && (marker < 0xD0 || marker > 0xD8);
            position +=
                    hasSegment ? 2 + Math.max(2, uint16(file, position + 2)) : marker == 0xFF || marker == 0 ? 1 : 2;
        }
        return scans;
    }

    private static int uint16(byte[] file, int offset) {
        return ((file[offset] & 255) << 8) | (file[offset + 1] & 255);
    }

    private static CorruptImageException endsBeforePixels() {
        return new CorruptImageException("it ends before its pixel data");
    }
}

package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a file states about an image beside its pixels: orientation and colour profile. Whatever a file contains,
 * nothing is thrown: damaged metadata count as absent.
 *
 * @param orientation as in EXIF, 1 (upright) to 8
 * @param profile the profile of the colours; empty: sRGB, or a profile that is damaged or does not fit
 */
record ImageMetadata(int orientation, Optional<ColourProfile> profile) {

    /** An image that is upright and in sRGB. */
    static final ImageMetadata NONE = new ImageMetadata(ExifOrientation.UPRIGHT, Optional.empty());

    private static final String EXIF_SEGMENT = "Exif\0", ICC_SEGMENT = "ICC_PROFILE\0";

    /** Length of what comes before the data of an ICC segment: its name, the number of the part, and of all parts. */
    private static final int ICC_SEGMENT_HEADER = 14;

    private static final int XMP_TAG = 700, ICC_TAG = 34675;

    static ImageMetadata read(ImageFormat format, byte[] file) {
        try {
            return switch (format) {
                case PNG -> PngMetadata.read(file);
                case JPEG -> readJpeg(file);
                case WEBP -> readWebp(file);
                case TIFF -> readTiff(file);
                case GIF, BMP -> NONE;
            };
        } catch (CorruptImageException e) {
            return NONE; // the decoder says what is wrong
        }
    }

    /** @param components colour components of a pixel; a profile for another number is ignored */
    static ImageMetadata of(ExifOrientation orientation, Optional<byte[]> icc, int components) {
        return new ImageMetadata(
                orientation.value(),
                icc.flatMap(ColourProfile::parse).filter(profile -> profile.components() == components));
    }

    private static ImageMetadata readJpeg(byte[] file) throws CorruptImageException {
        ExifOrientation orientation = new ExifOrientation();
        Map<Integer, JpegHeader.Segment> iccParts = new TreeMap<>();
        int iccCount = 0;
        JpegHeader header = JpegHeader.read(file);
        for (JpegHeader.Segment segment : header.segments()) {
            int offset = segment.offset(), length = segment.length();
            if (segment.marker() == 0xE1 && segment.startsWith(file, EXIF_SEGMENT)) {
                orientation.addExif(file, offset, length);
            } else if (segment.marker() == 0xE1 && segment.startsWith(file, JpegEncoder.XMP_SIGNATURE)) {
                orientation.addXmp(
                        file, offset + JpegEncoder.XMP_SIGNATURE.length(), length - JpegEncoder.XMP_SIGNATURE.length());
            } else if (segment.marker() == 0xE2
                    && segment.startsWith(file, ICC_SEGMENT)
                    && length >= ICC_SEGMENT_HEADER) {
                iccParts.put(file[offset + ICC_SEGMENT.length()] & 255, segment);
                iccCount = file[offset + ICC_SEGMENT.length() + 1] & 255;
            }
        }
        ByteArrayOutputStream icc = new ByteArrayOutputStream();
        for (JpegHeader.Segment part : iccParts.values())
            icc.write(file, part.offset() + ICC_SEGMENT_HEADER, part.length() - ICC_SEGMENT_HEADER);
        boolean complete = iccCount > 0 && iccParts.size() == iccCount && iccParts.containsKey(iccCount);
        return of(orientation, complete ? Optional.of(icc.toByteArray()) : Optional.empty(), header.components());
    }

    private static ImageMetadata readWebp(byte[] file) {
        ExifOrientation orientation = new ExifOrientation();
        Optional<byte[]> icc = Optional.empty();
        for (WebpChunk chunk : WebpChunk.list(file))
            switch (chunk.type()) {
                case "EXIF" -> orientation.addExif(file, chunk.offset(), chunk.length());
                case "XMP " -> orientation.addXmp(file, chunk.offset(), chunk.length());
                case "ICCP" -> icc = Optional.of(chunk.data(file));
                default -> {}
            }
        return of(orientation, icc, 3);
    }

    private static ImageMetadata readTiff(byte[] file) throws CorruptImageException {
        TiffHeader header = TiffHeader.read(file);
        ExifOrientation orientation = new ExifOrientation();
        orientation.addDirectory(header.fields());
        header.fields().data(XMP_TAG).ifPresent(packet -> orientation.addXmp(packet, 0, packet.length));
        int components =
                switch (header.photometric()) {
                    case TiffDecoder.WHITE_IS_ZERO, TiffDecoder.BLACK_IS_ZERO -> 1;
                    case TiffDecoder.CMYK -> 4;
                    default -> 3;
                };
        return of(orientation, header.fields().data(ICC_TAG), components);
    }
}

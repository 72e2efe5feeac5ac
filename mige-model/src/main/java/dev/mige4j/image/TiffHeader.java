package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The first directory of a TIFF file: size, samples, coding, and the strips or tiles of the first page.
 *
 * @param entries its entries by tag; a tag that occurs twice keeps the first
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TiffHeader(byte[] file, ByteOrder order, Map<Integer, Entry> entries) {

    private static final int SUBFILE_TYPE = 254, WIDTH = 256, HEIGHT = 257, BITS_PER_SAMPLE = 258, COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262, FILL_ORDER = 266, STRIP_OFFSETS = 273;
    private static final int SAMPLES = 277, ROWS_PER_STRIP = 278, STRIP_BYTES = 279, PLANAR = 284, T4_OPTIONS = 292;
    private static final int T6_OPTIONS = 293, PREDICTOR = 317, COLOUR_MAP = 320, TILE_WIDTH = 322, TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324, TILE_BYTES = 325, SUB_DIRECTORIES = 330, EXTRA_SAMPLES = 338;
    private static final int SAMPLE_FORMAT = 339, JPEG_TABLES = 347, YCBCR_COEFFICIENTS = 529, YCBCR_SUBSAMPLING = 530;
    private static final int YCBCR_POSITIONING = 531, REFERENCE_BLACK_WHITE = 532, DNG_VERSION = 50706;

    /** The fields that a decoder of pixels needs. */
    private static final Set<Integer> PIXEL_FIELDS = Set.of(
            WIDTH,
            HEIGHT,
            BITS_PER_SAMPLE,
            COMPRESSION,
            PHOTOMETRIC,
            FILL_ORDER,
            STRIP_OFFSETS,
            SAMPLES,
            ROWS_PER_STRIP,
            STRIP_BYTES,
            PLANAR,
            T4_OPTIONS,
            T6_OPTIONS,
            PREDICTOR,
            COLOUR_MAP,
            TILE_WIDTH,
            TILE_HEIGHT,
            TILE_OFFSETS,
            TILE_BYTES,
            EXTRA_SAMPLES,
            SAMPLE_FORMAT,
            JPEG_TABLES,
            YCBCR_COEFFICIENTS,
            YCBCR_SUBSAMPLING,
            YCBCR_POSITIONING,
            REFERENCE_BLACK_WHITE);

    private static final int SHORT = 3;
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    /** A field: {@code count} values of a type, at {@code offset} of the file. */
    record Entry(int type, int count, int offset) {}

    /** Reads the first directory; takes time linear in its length. */
    static TiffHeader read(byte[] file) throws CorruptImageException {
        ByteOrder order = file[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ByteBuffer bytes = ByteBuffer.wrap(file).order(order);
        if (file.length < 8) throw new CorruptImageException("it ends after %d bytes", file.length);
        long directory = bytes.getInt(4) & 0xffffffffL;
        if (directory < 8 || directory > file.length - 2) throw new CorruptImageException("it has no directory");
        int count = bytes.getChar((int) directory);
        if (directory + 2 + 12L * count > file.length) throw new CorruptImageException("its directory is cut off");
        Map<Integer, Entry> entries = new TreeMap<>();
        for (int i = 0, at = (int) directory + 2; i < count; i++, at += 12) {
            int type = bytes.getChar(at + 2);
            long values = bytes.getInt(at + 4) & 0xffffffffL,
                    length = type < TYPE_BYTES.length ? values * TYPE_BYTES[type] : 0;
            long offset = length <= 4 ? at + 8 : bytes.getInt(at + 8) & 0xffffffffL;
            // fields of unknown types and outside the file are left out, and missed if they are needed
            if (length > 0 && offset + length <= file.length)
                entries.putIfAbsent((int) bytes.getChar(at), new Entry(type, (int) values, (int) offset));
        }
        return new TiffHeader(file, order, entries);
    }

    private boolean has(int tag) {
        return entries.containsKey(tag);
    }

    /** The number of values of a field; 0 if the directory has no such field. */
    private int count(int tag) {
        return has(tag) ? entries.get(tag).count : 0;
    }

    /** The first value of a field of integers; {@code absent} if the directory has no such field. */
    private long value(int tag, long absent) {
        return has(tag) ? value(tag, 0) : absent;
    }

    /** A value of a field of unsigned integers. */
    private long value(int tag, int index) {
        Entry entry = entries.get(tag);
        ByteBuffer bytes = ByteBuffer.wrap(file).order(order);
        int at = entry.offset + index * TYPE_BYTES[entry.type];
        return switch (TYPE_BYTES[entry.type]) {
            case 1 -> bytes.get(at) & 255;
            case 2 -> bytes.getChar(at);
            default -> bytes.getInt(at) & 0xffffffffL;
        };
    }

    long width() {
        return value(WIDTH, 0L);
    }

    long height() {
        return value(HEIGHT, 0L);
    }

    int samples() {
        return (int) value(SAMPLES, 1L);
    }

    int bitsPerSample() {
        return (int) value(BITS_PER_SAMPLE, 1L);
    }

    /** Whether all samples have as many bits as the first, and as unsigned integers. */
    boolean hasUniformSamples() {
        for (int i = 1; i < Math.min(count(BITS_PER_SAMPLE), samples()); i++)
            if (value(BITS_PER_SAMPLE, i) != bitsPerSample()) return false;
        return value(SAMPLE_FORMAT, 1L) == 1;
    }

    int compression() {
        return (int) value(COMPRESSION, 1L);
    }

    /** What the samples mean: 0 grey with 0 white, 1 grey, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr. */
    int photometric() {
        return (int) value(PHOTOMETRIC, 1L);
    }

    /** Whether each sample is stored as the difference from the same one of the pixel to its left. */
    boolean hasPredictor() {
        return value(PREDICTOR, 1L) == 2;
    }

    /** The first sample after the colours: 1 premultiplied alpha, 2 alpha, 0 something else; 2 if it is not stated. */
    int extraSample() {
        return (int) value(EXTRA_SAMPLES, 2L);
    }

    /** Whether it is the raw file of a camera, whose first page is a preview or needs developing. */
    boolean isCameraRaw() {
        boolean preview = (value(SUBFILE_TYPE, 0L) & 1) != 0;
        return has(DNG_VERSION)
                || (preview && has(SUB_DIRECTORIES))
                || ImageFormat.matches(file, 8, new byte[] {'C', 'R', 2});
    }

    private boolean isTiled() {
        return has(TILE_WIDTH);
    }

    /** The width of a tile or strip. */
    long blockWidth() {
        return isTiled() ? value(TILE_WIDTH, 0L) : width();
    }

    /** The height of a tile or of all strips but the last. */
    long blockHeight() {
        return isTiled() ? value(TILE_HEIGHT, 0L) : Math.min(height(), value(ROWS_PER_STRIP, height()));
    }

    /**
     * Checks that the strips or tiles cover the image, lie in the file, and are neither so large nor so many nor so
     * shared that decoding takes more memory or time than the file's own length and size account for.
     */
    void checkBlocks(long maxBlockBytes) throws CorruptImageException {
        long width = blockWidth(), height = blockHeight();
        if (width < 1 || height < 1) throw new CorruptImageException("its blocks have %d x %d pixels", width, height);
        boolean planes = value(PLANAR, 1L) == 2;
        long columns = (width() + width - 1) / width, rows = (height() + height - 1) / height;
        long blocks = columns * rows * (planes ? samples() : 1);
        long bytes = width * height / 8 * bitsPerSample() * (planes ? 1 : samples());
        if (bytes > maxBlockBytes || columns * width * rows * height > 2L * ImageHeader.MAX_PIXELS || blocks > 1 << 20)
            throw new CorruptImageException("its %d blocks of %d x %d pixels are too large", blocks, width, height);
        int offsets = isTiled() ? TILE_OFFSETS : STRIP_OFFSETS, lengths = isTiled() ? TILE_BYTES : STRIP_BYTES;
        if (count(offsets) != blocks || count(lengths) != blocks)
            throw new CorruptImageException(
                    "it has %d strips or tiles, expected %d", Math.min(count(offsets), count(lengths)), blocks);
        long total = 0;
        for (int i = 0; i < blocks; i++) {
            long length = value(lengths, i);
            total += length;
            if (value(offsets, i) + length > file.length || total > file.length)
                throw new CorruptImageException("it ends within its pixel data");
        }
    }

    /**
     * The file with a directory that has only the fields which pixels need, so that a decoder follows no references to
     * other directories. Grey with 0 white is declared as grey with 0 black.
     *
     * @param predictor whether the field of the predictor is kept
     */
    SliceInputStream withPixelFieldsOnly(boolean predictor) {
        List<Integer> tags = entries.keySet().stream()
                .filter(tag -> PIXEL_FIELDS.contains(tag) && (predictor || tag != PREDICTOR))
                .toList();
        int padding = file.length & 1;
        ByteBuffer directory = ByteBuffer.allocate(2 + 12 * tags.size() + 4).order(order);
        directory.putShort((short) tags.size());
        for (int tag : tags) {
            Entry entry = entries.get(tag);
            boolean inline = entry.count * TYPE_BYTES[entry.type] <= 4;
            if (tag == PHOTOMETRIC) {
                directory.putShort((short) tag).putShort((short) SHORT).putInt(1);
                directory.putShort((short) Math.max(1, photometric())).putShort((short) 0);
            } else {
                directory.putShort((short) tag).putShort((short) entry.type).putInt(entry.count);
                if (inline) directory.put(file, entry.offset, 4);
                else directory.putInt(entry.offset);
            }
        }
        return new SliceInputStream()
                .append(file, 0, 4)
                .append(ByteBuffer.allocate(4)
                        .order(order)
                        .putInt(file.length + padding)
                        .array())
                .append(file, 8, file.length - 8)
                .append(new byte[padding])
                .append(directory.array());
    }
}

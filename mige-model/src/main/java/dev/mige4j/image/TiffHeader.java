package dev.mige4j.image;

import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The first directory of a TIFF file: size, samples, coding, and the strips or tiles of the first page. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TiffHeader(byte[] file, TiffDirectory fields) {

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

    static final int JPEG = 7;

    /**
     * The decoder of the JDK takes about 35 µs for each strip or tile, and 600 µs for one that is a JPEG of its own.
     */
    private static final int BLOCK_WORK = 2500, JPEG_BLOCK_WORK = 40_000;

    static TiffHeader read(byte[] file) throws CorruptImageException {
        TiffDirectory fields = TiffDirectory.read(file);
        if (fields.cutOff()) throw new CorruptImageException("its directory is cut off");
        if (fields.entries().isEmpty()) throw new CorruptImageException("it has no directory");
        return new TiffHeader(file, fields);
    }

    long width() {
        return fields.value(WIDTH, 0L);
    }

    long height() {
        return fields.value(HEIGHT, 0L);
    }

    int samples() {
        return (int) fields.value(SAMPLES, 1L);
    }

    int bitsPerSample() {
        return (int) fields.value(BITS_PER_SAMPLE, 1L);
    }

    /** Whether all samples have as many bits as the first, and as unsigned integers. */
    boolean hasUniformSamples() {
        for (int i = 1; i < Math.min(fields.count(BITS_PER_SAMPLE), samples()); i++)
            if (fields.value(BITS_PER_SAMPLE, i) != bitsPerSample()) return false;
        return fields.value(SAMPLE_FORMAT, 1L) == 1;
    }

    int compression() {
        return (int) fields.value(COMPRESSION, 1L);
    }

    /** What the samples mean: 0 grey with 0 white, 1 grey, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr. */
    int photometric() {
        return (int) fields.value(PHOTOMETRIC, 1L);
    }

    /** Whether each sample is stored as the difference from the same one of the pixel to its left. */
    boolean hasPredictor() {
        return fields.value(PREDICTOR, 1L) == 2;
    }

    /** The first sample after the colours: 1 premultiplied alpha, 2 alpha, 0 something else; 2 if it is not stated. */
    int extraSample() {
        return (int) fields.value(EXTRA_SAMPLES, 2L);
    }

    /** Whether it is the raw file of a camera, whose first page is a preview or needs developing. */
    boolean isCameraRaw() {
        boolean preview = (fields.value(SUBFILE_TYPE, 0L) & 1) != 0;
        return fields.has(DNG_VERSION)
                || (preview && fields.has(SUB_DIRECTORIES))
                || ImageFormat.matches(file, 8, new byte[] {'C', 'R', 2});
    }

    private boolean isTiled() {
        return fields.has(TILE_WIDTH);
    }

    /** The width of a tile or strip. */
    long blockWidth() {
        return isTiled() ? fields.value(TILE_WIDTH, 0L) : width();
    }

    /** The height of a tile or of all strips but the last. */
    long blockHeight() {
        return isTiled() ? fields.value(TILE_HEIGHT, 0L) : Math.min(height(), fields.value(ROWS_PER_STRIP, height()));
    }

    /**
     * Checks that the strips or tiles cover the image, lie in the file, and are neither so large nor so many nor so
     * shared that decoding takes more memory or time than the file's own length and size account for.
     */
    void checkBlocks(long maxBlockBytes) throws CorruptImageException {
        long width = blockWidth(), height = blockHeight();
        if (width < 1 || height < 1) throw new CorruptImageException("its blocks have %d x %d pixels", width, height);
        boolean planes = fields.value(PLANAR, 1L) == 2;
        long columns = (width() + width - 1) / width, rows = (height() + height - 1) / height;
        long blocks = columns * rows * (planes ? samples() : 1);
        long bytes = width * height / 8 * bitsPerSample() * (planes ? 1 : samples());
        if (bytes > maxBlockBytes || columns * width * rows * height > 2L * ImageHeader.MAX_PIXELS || blocks > 1 << 20)
            throw new CorruptImageException("its %d blocks of %d x %d pixels are too large", blocks, width, height);
        if (blocks() != blocks)
            throw new CorruptImageException("it has %d strips or tiles, expected %d", blocks(), blocks);
        long total = 0;
        for (int i = 0; i < blocks; i++) {
            long length = fields.value(isTiled() ? TILE_BYTES : STRIP_BYTES, i);
            total += length;
            if (fields.value(isTiled() ? TILE_OFFSETS : STRIP_OFFSETS, i) + length > file.length || total > file.length)
                throw new CorruptImageException("it ends within its pixel data");
        }
    }

    /** The number of strips or tiles that the directory lists. */
    int blocks() {
        return isTiled()
                ? Math.min(fields.count(TILE_OFFSETS), fields.count(TILE_BYTES))
                : Math.min(fields.count(STRIP_OFFSETS), fields.count(STRIP_BYTES));
    }

    /** How long decoding takes, as a number of pixels, see {@link ImageHeader#work}. */
    long work() {
        return width() * height() + (long) blocks() * (compression() == JPEG ? JPEG_BLOCK_WORK : BLOCK_WORK);
    }

    /** The data of a strip or tile. */
    byte[] block(int index) {
        int offset = (int) fields.value(isTiled() ? TILE_OFFSETS : STRIP_OFFSETS, index);
        return Arrays.copyOfRange(
                file, offset, offset + (int) fields.value(isTiled() ? TILE_BYTES : STRIP_BYTES, index));
    }

    /**
     * The file with a directory that has only the fields which pixels need, so that a decoder follows no references to
     * other directories. Grey with 0 white is declared as grey with 0 black.
     *
     * @param predictor whether the field of the predictor is kept
     * @param checkpoint runs while the stream is read
     */
    SliceInputStream withPixelFieldsOnly(boolean predictor, Runnable checkpoint) {
        List<Integer> tags = fields.entries().keySet().stream()
                .filter(tag -> PIXEL_FIELDS.contains(tag) && (predictor || tag != PREDICTOR))
                .toList();
        int padding = file.length & 1;
        ByteBuffer directory = ByteBuffer.allocate(2 + 12 * tags.size() + 4).order(fields.order());
        directory.putShort((short) tags.size());
        for (int tag : tags) {
            TiffDirectory.Entry entry = fields.entries().get(tag);
            boolean inline = entry.count() * entry.valueBytes() <= 4;
            if (tag == PHOTOMETRIC) {
                directory.putShort((short) tag).putShort((short) SHORT).putInt(1);
                directory.putShort((short) Math.max(1, photometric())).putShort((short) 0);
            } else {
                directory.putShort((short) tag).putShort((short) entry.type()).putInt(entry.count());
                if (inline) directory.put(file, entry.offset(), 4);
                else directory.putInt(entry.offset());
            }
        }
        return new SliceInputStream(checkpoint)
                .append(file, 0, 4)
                .append(ByteBuffer.allocate(4)
                        .order(fields.order())
                        .putInt(file.length + padding)
                        .array())
                .append(file, 8, file.length - 8)
                .append(new byte[padding])
                .append(directory.array());
    }
}

package dev.mige4j.image;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.DecodedImage.CorruptImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;

/**
 * PNG, all colour types and depths, read without touching what is not needed: a picture takes its own pixels and a few
 * rows of memory, whatever its other chunks hold or promise. Colour profiles and gamma are ignored, as Pillow does.
 */
final class PngCodec {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6;
    /** Left, top, step right, step down of the seven passes of an interlaced picture. */
    private static final int[][] ADAM7 = {
        {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
    };

    private static final int MAX_TEXT_LENGTH = 1 << 20;

    private PngCodec() {}

    static boolean isPng(byte[] file) {
        return file.length >= 8 && Arrays.equals(file, 0, 8, SIGNATURE, 0, 8);
    }

    /** Where a chunk's data lie. */
    private record Chunk(String type, int offset, int length) {}

    /** All chunks up to the end, or up to where the file breaks off. */
    private static List<Chunk> chunks(byte[] file) throws CorruptImageException {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int offset = 8; offset <= file.length - 12; ) {
            int length = bytes.getInt(offset);
            String type = new String(file, offset + 4, 4, StandardCharsets.ISO_8859_1);
            if (length < 0) throw new CorruptImageException("a chunk of %d bytes", length & 0xffffffffL);
            if (length > file.length - offset - 12) {
                if (type.equals("IDAT")) chunks.add(new Chunk(type, offset + 8, file.length - offset - 8));
                break;
            }
            if (Character.isUpperCase(type.charAt(0))
                    && crc(file, offset + 4, length + 4) != bytes.getInt(offset + 8 + length))
                throw new CorruptImageException("chunk %s does not fit its checksum", printable(type));
            chunks.add(new Chunk(type, offset + 8, length));
            if (type.equals("IEND")) break;
            offset += 12 + length;
        }
        return chunks;
    }

    private static String printable(String type) {
        return type.chars().allMatch(c -> c > 32 && c < 127) ? type : "of unknown name";
    }

    private static int crc(byte[] bytes, int from, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    /** Decodes; {@code clipGrey}: 16-bit grey is cut at 255 as Pillow's conversion does, instead of scaled. */
    static DecodedImage read(byte[] file, String name, boolean clipGrey) throws CorruptImageException {
        List<Chunk> chunks = chunks(file);
        if (chunks.isEmpty() || !chunks.get(0).type.equals("IHDR") || chunks.get(0).length != 13)
            throw new CorruptImageException("it has no header");
        ByteBuffer header = ByteBuffer.wrap(file, chunks.get(0).offset, 13).slice();
        int width = header.getInt(0), height = header.getInt(4), depth = header.get(8), type = header.get(9);
        ImageFile.checkSize(width & 0xffffffffL, height & 0xffffffffL, name);
        String depths =
                switch (type) {
                    case GREY -> "1 2 4 8 16";
                    case PALETTE -> "1 2 4 8";
                    case RGB, GREY_ALPHA, RGB_ALPHA -> "8 16";
                    default -> throw new CorruptImageException("colour type %d", type);
                };
        if (!List.of(depths.split(" ")).contains(String.valueOf(depth)))
            throw new CorruptImageException("%d bits in colour type %d", depth, type);
        if (header.get(10) != 0 || header.get(11) != 0 || (header.get(12) & ~1) != 0)
            throw new CorruptImageException("an unknown compression, filter or interlacing");
        return new PixelDecoder(file, chunks, width, height, depth, type, clipGrey).decode(header.get(12) == 1);
    }

    /** One picture being decoded. */
    private static final class PixelDecoder {
        private final int width, height, depth, type, samples;
        private final boolean clipGrey;
        private final byte[] file, rgb;
        private final List<Chunk> dataChunks;
        private final Inflater inflater = new Inflater();
        private int nextChunk;
        private byte[] palette, alpha, transparency;
        private int orientation = 1;

        PixelDecoder(byte[] file, List<Chunk> chunks, int width, int height, int depth, int type, boolean clipGrey)
                throws CorruptImageException {
            this.file = file;
            this.width = width;
            this.height = height;
            this.depth = depth;
            this.type = type;
            this.clipGrey = clipGrey;
            samples = type == RGB ? 3 : type == RGB_ALPHA ? 4 : type == GREY_ALPHA ? 2 : 1;
            dataChunks =
                    chunks.stream().filter(chunk -> chunk.type.equals("IDAT")).toList();
            if (dataChunks.isEmpty()) throw new CorruptImageException("it has no pixels, the file may be cut off");
            for (Chunk chunk : chunks) {
                if (chunk.type.equals("PLTE"))
                    palette = Arrays.copyOfRange(file, chunk.offset, chunk.offset + Math.min(chunk.length, 768));
                if (chunk.type.equals("tRNS"))
                    transparency = Arrays.copyOfRange(file, chunk.offset, chunk.offset + Math.min(chunk.length, 256));
                if (chunk.type.equals("eXIf")) orientation = DecodedImage.orientation(file, chunk.offset, chunk.length);
            }
            if (type == PALETTE && palette == null) throw new CorruptImageException("it has no palette");
            if (transparency != null
                    && (type == GREY && transparency.length < 2 || type == RGB && transparency.length < 6))
                transparency = null;
            rgb = new byte[3 * width * height];
            if (type == GREY_ALPHA || type == RGB_ALPHA || transparency != null) alpha = new byte[width * height];
        }

        DecodedImage decode(boolean interlaced) throws CorruptImageException {
            try {
                if (!interlaced) decodePass(0, 0, 1, 1);
                else for (int[] pass : ADAM7) decodePass(pass[0], pass[1], pass[2], pass[3]);
            } catch (DataFormatException e) {
                throw new CorruptImageException("its compressed pixels are broken");
            } finally {
                inflater.end();
            }
            return new DecodedImage(width, height, rgb, alpha, orientation);
        }

        private void decodePass(int left, int top, int stepX, int stepY)
                throws CorruptImageException, DataFormatException {
            int columns = (width - left + stepX - 1) / stepX;
            if (columns <= 0) return;
            int bits = depth * samples,
                    bytesPerPixel = Math.max(1, bits / 8),
                    bytes = Math.toIntExact(((long) columns * bits + 7) / 8);
            byte[] row = new byte[bytes], above = new byte[bytes], filter = new byte[1];
            for (int y = top; y < height; y += stepY) {
                inflate(filter);
                inflate(row);
                unfilter(filter[0], row, above, bytesPerPixel);
                for (int i = 0, x = left; i < columns; i++, x += stepX) writePixel(row, i, y * width + x);
                byte[] swap = above;
                above = row;
                row = swap;
            }
        }

        private void inflate(byte[] into) throws CorruptImageException, DataFormatException {
            for (int filled = 0; filled < into.length; ) {
                int count = inflater.inflate(into, filled, into.length - filled);
                filled += count;
                if (count > 0) continue;
                if (inflater.finished() || inflater.needsDictionary() || nextChunk == dataChunks.size())
                    throw new CorruptImageException("it breaks off amid its pixels");
                inflater.setInput(file, dataChunks.get(nextChunk).offset, dataChunks.get(nextChunk).length);
                nextChunk++;
            }
        }

        private static void unfilter(int filter, byte[] row, byte[] above, int bytesPerPixel)
                throws CorruptImageException {
            switch (filter) {
                case 0 -> {}
                case 1 -> {
                    for (int i = bytesPerPixel; i < row.length; i++) row[i] += row[i - bytesPerPixel];
                }
                case 2 -> {
                    for (int i = 0; i < row.length; i++) row[i] += above[i];
                }
                case 3 -> {
                    for (int i = 0; i < row.length; i++)
                        row[i] += (byte)
                                (((i < bytesPerPixel ? 0 : row[i - bytesPerPixel] & 255) + (above[i] & 255)) / 2);
                }
                case 4 -> {
                    for (int i = 0; i < row.length; i++)
                        row[i] += (byte) paeth(
                                i < bytesPerPixel ? 0 : row[i - bytesPerPixel] & 255,
                                above[i] & 255,
                                i < bytesPerPixel ? 0 : above[i - bytesPerPixel] & 255);
                }
                default -> throw new CorruptImageException("row filter %d", filter);
            }
        }

        private int sample(byte[] row, int index) {
            if (depth == 8) return row[index] & 255;
            if (depth == 16) return (row[2 * index] & 255) << 8 | row[2 * index + 1] & 255;
            int bit = index * depth;
            return (row[bit >> 3] & 255) >> 8 - depth - (bit & 7) & (1 << depth) - 1;
        }

        private int transparentSample(int index) {
            return (transparency[2 * index] & 255) << 8 | transparency[2 * index + 1] & 255;
        }

        private int toEightBit(int sample) {
            return depth == 16 ? sample >> 8 : depth == 8 ? sample : sample * 255 / ((1 << depth) - 1);
        }

        private void writePixel(byte[] row, int column, int index) {
            int first = sample(row, column * samples), opacity = 255;
            if (type == PALETTE) {
                boolean inPalette = 3 * first + 2 < palette.length;
                for (int c = 0; c < 3; c++) rgb[3 * index + c] = inPalette ? palette[3 * first + c] : 0;
                if (alpha != null) opacity = first < transparency.length ? transparency[first] & 255 : 255;
            } else if (type == GREY || type == GREY_ALPHA) {
                byte value =
                        (byte) (clipGrey && type == GREY && depth == 16 ? Math.min(255, first) : toEightBit(first));
                for (int c = 0; c < 3; c++) rgb[3 * index + c] = value;
                if (type == GREY_ALPHA) opacity = toEightBit(sample(row, column * samples + 1));
                else if (alpha != null) opacity = first == transparentSample(0) ? 0 : 255;
            } else {
                boolean transparent = transparency != null && type == RGB;
                for (int c = 0; c < 3; c++) {
                    int sample = sample(row, column * samples + c);
                    rgb[3 * index + c] = (byte) toEightBit(sample);
                    transparent = transparent && sample == transparentSample(c);
                }
                opacity = type == RGB_ALPHA ? toEightBit(sample(row, column * samples + 3)) : transparent ? 0 : 255;
            }
            if (alpha != null) alpha[index] = (byte) opacity;
        }
    }

    private static int paeth(int left, int above, int upperLeft) {
        int prediction = left + above - upperLeft,
                a = Math.abs(prediction - left),
                b = Math.abs(prediction - above),
                c = Math.abs(prediction - upperLeft);
        return a <= b && a <= c ? left : b <= c ? above : upperLeft;
    }

    /** The texts of a file by their keywords; overlong ones and those in broken chunks are left out. */
    static Map<String, String> textChunks(byte[] file) throws CorruptImageException {
        Map<String, String> texts = new LinkedHashMap<>();
        int total = 0;
        for (Chunk chunk : chunks(file)) {
            if (!List.of("tEXt", "zTXt", "iTXt").contains(chunk.type)) continue;
            byte[] data =
                    Arrays.copyOfRange(file, chunk.offset, chunk.offset + Math.min(chunk.length, MAX_TEXT_LENGTH));
            int key = indexOfZero(data, 0);
            if (key <= 0 || chunk.length > MAX_TEXT_LENGTH) continue;
            String text =
                    switch (chunk.type) {
                        case "tEXt" -> new String(data, key + 1, data.length - key - 1, StandardCharsets.ISO_8859_1);
                        case "zTXt" -> inflateText(data, key + 2, StandardCharsets.ISO_8859_1);
                        default -> readInternationalText(data, key);
                    };
            if (text == null || (total += text.length()) > 16 * MAX_TEXT_LENGTH) continue;
            texts.put(new String(data, 0, key, StandardCharsets.ISO_8859_1), text);
        }
        return texts;
    }

    /** iTXt: keyword 0, compressed?, method, language 0, translated keyword 0, text. */
    private static String readInternationalText(byte[] data, int key) {
        int language = indexOfZero(data, key + 3), translated = language < 0 ? -1 : indexOfZero(data, language + 1);
        if (translated < 0) return null;
        if (data[key + 1] != 0) return inflateText(data, translated + 1, StandardCharsets.UTF_8);
        return new String(data, translated + 1, data.length - translated - 1, StandardCharsets.UTF_8);
    }

    private static int indexOfZero(byte[] data, int from) {
        for (int i = from; i < data.length; i++) if (data[i] == 0) return i;
        return -1;
    }

    private static String inflateText(byte[] data, int from, java.nio.charset.Charset charset) {
        if (from >= data.length) return null;
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data, from, data.length - from);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0 || out.size() + count > MAX_TEXT_LENGTH) return null;
                out.write(buffer, 0, count);
            }
            return out.toString(charset);
        } catch (DataFormatException e) {
            return null;
        } finally {
            inflater.end();
        }
    }

    /** Encodes 8-bit RGB; the texts in the order of their keywords. */
    static byte[] write(Image image, Map<String, String> texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        writeChunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(image.width())
                        .putInt(image.height())
                        .put(new byte[] {8, RGB, 0, 0, 0})
                        .array());
        new TreeMap<>(texts).forEach((key, text) -> writeText(out, key, text.replace('\0', ' ')));
        writeChunk(out, "IDAT", compressRows(image));
        writeChunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void writeText(ByteArrayOutputStream out, String key, String text) {
        if (key.isBlank()
                || key.length() > 79
                || !key.equals(key.strip())
                || !key.chars().allMatch(c -> c >= 32 && c < 127))
            throw new UsageException(
                    "'%s' cannot be the name of a text in a PNG file; it needs 1 to 79 ASCII characters without spaces around them",
                    key);
        byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
        boolean latin = StandardCharsets.US_ASCII.newEncoder().canEncode(text);
        byte[] value = text.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(name);
        data.writeBytes(latin ? new byte[1] : new byte[5]); // tEXt: end of key; iTXt: and not compressed, no language
        data.writeBytes(value);
        writeChunk(out, latin ? "tEXt" : "iTXt", data.toByteArray());
    }

    private static void writeChunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] named = new byte[data.length + 4];
        System.arraycopy(type.getBytes(StandardCharsets.ISO_8859_1), 0, named, 0, 4);
        System.arraycopy(data, 0, named, 4, data.length);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(named);
        out.writeBytes(
                ByteBuffer.allocate(4).putInt(crc(named, 0, named.length)).array());
    }

    /** All rows, each by the filter that leaves the smallest numbers. */
    private static byte[] compressRows(Image image) {
        byte[] pixels = image.rawPixels();
        int stride = 3 * image.width();
        byte[][] candidates = new byte[5][stride + 1];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(6);
        try (OutputStream deflated = new DeflaterOutputStream(out, deflater, 1 << 16)) {
            for (int y = 0; y < image.height(); y++) {
                int[] cost = new int[5];
                for (int i = 0; i < stride; i++) {
                    int position = y * stride + i,
                            value = pixels[position] & 255,
                            left = i < 3 ? 0 : pixels[position - 3] & 255;
                    int above = y == 0 ? 0 : pixels[position - stride] & 255,
                            upperLeft = y == 0 || i < 3 ? 0 : pixels[position - stride - 3] & 255;
                    cost[0] += Math.abs(candidates[0][i + 1] = (byte) value);
                    cost[1] += Math.abs(candidates[1][i + 1] = (byte) (value - left));
                    cost[2] += Math.abs(candidates[2][i + 1] = (byte) (value - above));
                    cost[3] += Math.abs(candidates[3][i + 1] = (byte) (value - (left + above) / 2));
                    cost[4] += Math.abs(candidates[4][i + 1] = (byte) (value - paeth(left, above, upperLeft)));
                }
                int best = 0;
                for (int filter = 1; filter < 5; filter++) if (cost[filter] < cost[best]) best = filter;
                candidates[best][0] = (byte) best;
                deflated.write(candidates[best]);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e); // cannot happen: it goes to memory
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }
}

package mige.image;

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

import mige.image.Pixels.Damaged;
import mige.tensor.UsageException;

/**
 * PNG, all colour types and depths, read without touching what is not needed: a picture takes its own pixels and a few
 * rows of memory, whatever its other chunks hold or promise. Colour profiles and gamma are ignored, as Pillow does.
 */
final class Png {

    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int GREY = 0, RGB = 2, PALETTE = 3, GREY_ALPHA = 4, RGB_ALPHA = 6;
    /** Left, top, step right, step down of the seven passes of an interlaced picture. */
    private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    private static final int LONGEST_TEXT = 1 << 20;

    private Png() {}

    static boolean is(byte[] file) {
        return file.length >= 8 && Arrays.equals(file, 0, 8, SIGNATURE, 0, 8);
    }

    /** Where a chunk's data lie. */
    private record Chunk(String type, int at, int length) {}

    /** All chunks up to the end, or up to where the file breaks off. */
    private static List<Chunk> chunks(byte[] file) throws Damaged {
        List<Chunk> chunks = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(file);
        for (int at = 8; at <= file.length - 12; ) {
            int length = bytes.getInt(at);
            String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (length < 0) throw new Damaged("a chunk of %d bytes", length & 0xffffffffL);
            if (length > file.length - at - 12) {
                if (type.equals("IDAT")) chunks.add(new Chunk(type, at + 8, file.length - at - 8));
                break;
            }
            if (Character.isUpperCase(type.charAt(0)) && crc(file, at + 4, length + 4) != bytes.getInt(at + 8 + length))
                throw new Damaged("chunk %s does not fit its checksum", printable(type));
            chunks.add(new Chunk(type, at + 8, length));
            if (type.equals("IEND")) break;
            at += 12 + length;
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
    static Pixels read(byte[] file, String name, boolean clipGrey) throws Damaged {
        List<Chunk> chunks = chunks(file);
        if (chunks.isEmpty() || !chunks.get(0).type.equals("IHDR") || chunks.get(0).length != 13) throw new Damaged("it has no header");
        ByteBuffer header = ByteBuffer.wrap(file, chunks.get(0).at, 13).slice();
        int width = header.getInt(0), height = header.getInt(4), depth = header.get(8), type = header.get(9);
        PictureFile.checkSize(width & 0xffffffffL, height & 0xffffffffL, name);
        String depths = switch (type) {
            case GREY -> "1 2 4 8 16";
            case PALETTE -> "1 2 4 8";
            case RGB, GREY_ALPHA, RGB_ALPHA -> "8 16";
            default -> throw new Damaged("colour type %d", type);
        };
        if (!List.of(depths.split(" ")).contains(String.valueOf(depth))) throw new Damaged("%d bits in colour type %d", depth, type);
        if (header.get(10) != 0 || header.get(11) != 0 || (header.get(12) & ~1) != 0) throw new Damaged("an unknown compression, filter or interlacing");
        return new Decoder(file, chunks, width, height, depth, type, clipGrey).decode(header.get(12) == 1);
    }

    /** One picture being decoded. */
    private static final class Decoder {
        private final int width, height, depth, type, samples;
        private final boolean clipGrey;
        private final byte[] file, rgb;
        private final List<Chunk> data;
        private final Inflater inflater = new Inflater();
        private int nextData;
        private byte[] palette, alpha, transparency;
        private int orientation = 1;

        Decoder(byte[] file, List<Chunk> chunks, int width, int height, int depth, int type, boolean clipGrey) throws Damaged {
            this.file = file;
            this.width = width;
            this.height = height;
            this.depth = depth;
            this.type = type;
            this.clipGrey = clipGrey;
            samples = type == RGB ? 3 : type == RGB_ALPHA ? 4 : type == GREY_ALPHA ? 2 : 1;
            data = chunks.stream().filter(chunk -> chunk.type.equals("IDAT")).toList();
            if (data.isEmpty()) throw new Damaged("it has no pixels, the file may be cut off");
            for (Chunk chunk : chunks) {
                if (chunk.type.equals("PLTE")) palette = Arrays.copyOfRange(file, chunk.at, chunk.at + Math.min(chunk.length, 768));
                if (chunk.type.equals("tRNS")) transparency = Arrays.copyOfRange(file, chunk.at, chunk.at + Math.min(chunk.length, 256));
                if (chunk.type.equals("eXIf")) orientation = Pixels.orientation(file, chunk.at, chunk.length);
            }
            if (type == PALETTE && palette == null) throw new Damaged("it has no palette");
            if (transparency != null && (type == GREY && transparency.length < 2 || type == RGB && transparency.length < 6)) transparency = null;
            rgb = new byte[3 * width * height];
            if (type == GREY_ALPHA || type == RGB_ALPHA || transparency != null) alpha = new byte[width * height];
        }

        Pixels decode(boolean interlaced) throws Damaged {
            try {
                if (!interlaced) pass(0, 0, 1, 1);
                else for (int[] pass : ADAM7) pass(pass[0], pass[1], pass[2], pass[3]);
            } catch (DataFormatException e) {
                throw new Damaged("its compressed pixels are broken");
            } finally {
                inflater.end();
            }
            return new Pixels(width, height, rgb, alpha, orientation);
        }

        private void pass(int left, int top, int right, int down) throws Damaged, DataFormatException {
            int columns = (width - left + right - 1) / right;
            if (columns <= 0) return;
            int bits = depth * samples, back = Math.max(1, bits / 8), bytes = Math.toIntExact(((long) columns * bits + 7) / 8);
            byte[] row = new byte[bytes], above = new byte[bytes], filter = new byte[1];
            for (int y = top; y < height; y += down) {
                inflate(filter);
                inflate(row);
                unfilter(filter[0], row, above, back);
                for (int i = 0, x = left; i < columns; i++, x += right) pixel(row, i, y * width + x);
                byte[] swap = above;
                above = row;
                row = swap;
            }
        }

        private void inflate(byte[] into) throws Damaged, DataFormatException {
            for (int have = 0; have < into.length; ) {
                int more = inflater.inflate(into, have, into.length - have);
                have += more;
                if (more > 0) continue;
                if (inflater.finished() || inflater.needsDictionary() || nextData == data.size()) throw new Damaged("it breaks off amid its pixels");
                inflater.setInput(file, data.get(nextData).at, data.get(nextData).length);
                nextData++;
            }
        }

        private static void unfilter(int filter, byte[] row, byte[] above, int back) throws Damaged {
            switch (filter) {
                case 0 -> { }
                case 1 -> {
                    for (int i = back; i < row.length; i++) row[i] += row[i - back];
                }
                case 2 -> {
                    for (int i = 0; i < row.length; i++) row[i] += above[i];
                }
                case 3 -> {
                    for (int i = 0; i < row.length; i++) row[i] += (byte) (((i < back ? 0 : row[i - back] & 255) + (above[i] & 255)) / 2);
                }
                case 4 -> {
                    for (int i = 0; i < row.length; i++)
                        row[i] += (byte) paeth(i < back ? 0 : row[i - back] & 255, above[i] & 255, i < back ? 0 : above[i - back] & 255);
                }
                default -> throw new Damaged("row filter %d", filter);
            }
        }

        private int sample(byte[] row, int index) {
            if (depth == 8) return row[index] & 255;
            if (depth == 16) return (row[2 * index] & 255) << 8 | row[2 * index + 1] & 255;
            int bit = index * depth;
            return (row[bit >> 3] & 255) >> 8 - depth - (bit & 7) & (1 << depth) - 1;
        }

        private int key(int index) {
            return (transparency[2 * index] & 255) << 8 | transparency[2 * index + 1] & 255;
        }

        private int eight(int sample) {
            return depth == 16 ? sample >> 8 : depth == 8 ? sample : sample * 255 / ((1 << depth) - 1);
        }

        private void pixel(byte[] row, int column, int to) {
            int first = sample(row, column * samples), opacity = 255;
            if (type == PALETTE) {
                boolean known = 3 * first + 2 < palette.length;
                for (int c = 0; c < 3; c++) rgb[3 * to + c] = known ? palette[3 * first + c] : 0;
                if (alpha != null) opacity = first < transparency.length ? transparency[first] & 255 : 255;
            } else if (type == GREY || type == GREY_ALPHA) {
                byte value = (byte) (clipGrey && type == GREY && depth == 16 ? Math.min(255, first) : eight(first));
                for (int c = 0; c < 3; c++) rgb[3 * to + c] = value;
                if (type == GREY_ALPHA) opacity = eight(sample(row, column * samples + 1));
                else if (alpha != null) opacity = first == key(0) ? 0 : 255;
            } else {
                boolean hidden = transparency != null && type == RGB;
                for (int c = 0; c < 3; c++) {
                    int sample = sample(row, column * samples + c);
                    rgb[3 * to + c] = (byte) eight(sample);
                    hidden = hidden && sample == key(c);
                }
                opacity = type == RGB_ALPHA ? eight(sample(row, column * samples + 3)) : hidden ? 0 : 255;
            }
            if (alpha != null) alpha[to] = (byte) opacity;
        }
    }

    private static int paeth(int left, int above, int corner) {
        int guess = left + above - corner, a = Math.abs(guess - left), b = Math.abs(guess - above), c = Math.abs(guess - corner);
        return a <= b && a <= c ? left : b <= c ? above : corner;
    }

    /** The texts of a file by their keywords; overlong ones and those in broken chunks are left out. */
    static Map<String, String> texts(byte[] file) throws Damaged {
        Map<String, String> texts = new LinkedHashMap<>();
        int total = 0;
        for (Chunk chunk : chunks(file)) {
            if (!List.of("tEXt", "zTXt", "iTXt").contains(chunk.type)) continue;
            byte[] data = Arrays.copyOfRange(file, chunk.at, chunk.at + Math.min(chunk.length, LONGEST_TEXT));
            int key = zero(data, 0);
            if (key <= 0 || chunk.length > LONGEST_TEXT) continue;
            String text = switch (chunk.type) {
                case "tEXt" -> new String(data, key + 1, data.length - key - 1, StandardCharsets.ISO_8859_1);
                case "zTXt" -> inflated(data, key + 2, StandardCharsets.ISO_8859_1);
                default -> international(data, key);
            };
            if (text == null || (total += text.length()) > 16 * LONGEST_TEXT) continue;
            texts.put(new String(data, 0, key, StandardCharsets.ISO_8859_1), text);
        }
        return texts;
    }

    /** iTXt: keyword 0, compressed?, method, language 0, translated keyword 0, text. */
    private static String international(byte[] data, int key) {
        int language = zero(data, key + 3), translated = language < 0 ? -1 : zero(data, language + 1);
        if (translated < 0) return null;
        if (data[key + 1] != 0) return inflated(data, translated + 1, StandardCharsets.UTF_8);
        return new String(data, translated + 1, data.length - translated - 1, StandardCharsets.UTF_8);
    }

    private static int zero(byte[] data, int from) {
        for (int i = from; i < data.length; i++) if (data[i] == 0) return i;
        return -1;
    }

    private static String inflated(byte[] data, int from, java.nio.charset.Charset charset) {
        if (from >= data.length) return null;
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(data, from, data.length - from);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] part = new byte[8192];
            while (!inflater.finished()) {
                int more = inflater.inflate(part);
                if (more == 0 || out.size() + more > LONGEST_TEXT) return null;
                out.write(part, 0, more);
            }
            return out.toString(charset);
        } catch (DataFormatException e) {
            return null;
        } finally {
            inflater.end();
        }
    }

    /** Encodes 8-bit RGB; the texts in the order of their keywords. */
    static byte[] write(Picture picture, Map<String, String> texts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(SIGNATURE);
        chunk(out, "IHDR", ByteBuffer.allocate(13).putInt(picture.width()).putInt(picture.height()).put(new byte[] {8, RGB, 0, 0, 0}).array());
        new TreeMap<>(texts).forEach((key, text) -> text(out, key, text.replace('\0', ' ')));
        chunk(out, "IDAT", compressed(picture));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String key, String text) {
        if (key.isBlank() || key.length() > 79 || !key.equals(key.strip()) || !key.chars().allMatch(c -> c >= 32 && c < 127))
            throw new UsageException("'%s' cannot be the name of a text in a PNG file; it needs 1 to 79 ASCII characters without spaces around them", key);
        byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
        boolean latin = StandardCharsets.US_ASCII.newEncoder().canEncode(text);
        byte[] value = text.getBytes(latin ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.writeBytes(name);
        data.writeBytes(latin ? new byte[1] : new byte[5]);      // tEXt: end of key; iTXt: and not compressed, no language
        data.writeBytes(value);
        chunk(out, latin ? "tEXt" : "iTXt", data.toByteArray());
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        byte[] named = new byte[data.length + 4];
        System.arraycopy(type.getBytes(StandardCharsets.ISO_8859_1), 0, named, 0, 4);
        System.arraycopy(data, 0, named, 4, data.length);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(named);
        out.writeBytes(ByteBuffer.allocate(4).putInt(crc(named, 0, named.length)).array());
    }

    /** All rows, each by the filter that leaves the smallest numbers. */
    private static byte[] compressed(Picture picture) {
        byte[] pixels = picture.pixels();
        int stride = 3 * picture.width();
        byte[][] tries = new byte[5][stride + 1];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(6);
        try (OutputStream deflated = new DeflaterOutputStream(out, deflater, 1 << 16)) {
            for (int y = 0; y < picture.height(); y++) {
                int[] cost = new int[5];
                for (int i = 0; i < stride; i++) {
                    int at = y * stride + i, here = pixels[at] & 255, left = i < 3 ? 0 : pixels[at - 3] & 255;
                    int above = y == 0 ? 0 : pixels[at - stride] & 255, corner = y == 0 || i < 3 ? 0 : pixels[at - stride - 3] & 255;
                    cost[0] += Math.abs(tries[0][i + 1] = (byte) here);
                    cost[1] += Math.abs(tries[1][i + 1] = (byte) (here - left));
                    cost[2] += Math.abs(tries[2][i + 1] = (byte) (here - above));
                    cost[3] += Math.abs(tries[3][i + 1] = (byte) (here - (left + above) / 2));
                    cost[4] += Math.abs(tries[4][i + 1] = (byte) (here - paeth(left, above, corner)));
                }
                int best = 0;
                for (int filter = 1; filter < 5; filter++) if (cost[filter] < cost[best]) best = filter;
                tries[best][0] = (byte) best;
                deflated.write(tries[best]);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);           // cannot happen: it goes to memory
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }
}

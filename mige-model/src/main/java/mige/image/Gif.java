package mige.image;

import java.util.Arrays;

import mige.image.Pixels.Damaged;

/** The first frame of a GIF file on its canvas. What the frame does not cover has the transparent colour, or colour 0. */
final class Gif {

    private final byte[] file;
    private final String name;
    private int at;

    private Gif(byte[] file, String name) {
        this.file = file;
        this.name = name;
    }

    static boolean is(byte[] file) {
        return file.length >= 6 && file[0] == 'G' && file[1] == 'I' && file[2] == 'F' && file[3] == '8' && file[5] == 'a';
    }

    static Pixels read(byte[] file, String name) throws Damaged {
        return new Gif(file, name).read();
    }

    private Pixels read() throws Damaged {
        at = 6;
        int width = two(), height = two(), flags = one();
        at += 2;
        PictureFile.checkSize(width, height, name);
        byte[] palette = palette(flags);
        int transparent = -1;
        for (;;) {
            int block = one();
            if (block == 0x21) {                                 // an extension; 0xF9 tells the transparent colour
                if (one() == 0xF9) {
                    need(5);
                    transparent = (file[at + 1] & 1) != 0 ? file[at + 4] & 255 : -1;
                }
                for (int size; (size = one()) != 0; at += size) need(size);
            } else if (block == 0x2C) {
                return frame(width, height, palette, transparent);
            } else {
                throw new Damaged("it has no frame");
            }
        }
    }

    private Pixels frame(int screenWidth, int screenHeight, byte[] global, int transparent) throws Damaged {
        int left = two(), top = two(), width = two(), height = two(), flags = one();
        int right = Math.max(screenWidth, left + width), bottom = Math.max(screenHeight, top + height);
        PictureFile.checkSize(right, bottom, name);
        byte[] palette = (flags & 0x80) != 0 ? palette(flags) : global;
        if (palette == null) throw new Damaged("it has no palette");
        byte[] canvas = new byte[right * bottom];
        Arrays.fill(canvas, (byte) Math.max(0, transparent));
        byte[] indices = decode(width * height);
        boolean interlaced = (flags & 0x40) != 0;
        for (int row = 0; row < height; row++)
            System.arraycopy(indices, row * width, canvas, (top + (interlaced ? line(row, height) : row)) * right + left, width);

        byte[] rgb = new byte[3 * canvas.length], alpha = transparent < 0 ? null : new byte[canvas.length];
        for (int i = 0; i < canvas.length; i++) {
            int index = canvas[i] & 255;
            if (3 * index + 2 < palette.length) System.arraycopy(palette, 3 * index, rgb, 3 * i, 3);
            if (alpha != null) alpha[i] = (byte) (index == transparent ? 0 : 255);
        }
        return new Pixels(right, bottom, rgb, alpha, 1);
    }

    /** The line that comes as number {@code row} of an interlaced frame: every 8th, every 8th from 4, every 4th from 2, the odd. */
    private static int line(int row, int height) {
        for (int[] pass : new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}}) {
            int lines = Math.max(0, (height - pass[0] + pass[1] - 1) / pass[1]);
            if (row < lines) return pass[0] + row * pass[1];
            row -= lines;
        }
        throw new IllegalArgumentException("row " + row + " lies below the frame");
    }

    /** Unpacks the variable-width codes of LZW. */
    private byte[] decode(int count) throws Damaged {
        int least = one();
        if (least < 1 || least > 8) throw new Damaged("codes of %d bits", least);
        int clear = 1 << least, end = clear + 1, size = end + 1, width = least + 1, previous = -1;
        int[] prefix = new int[4096];
        byte[] last = new byte[4096], first = new byte[4096], out = new byte[count], stack = new byte[4097];
        for (int i = 0; i < clear; i++) last[i] = first[i] = (byte) i;
        int bits = 0, held = 0, block = 0;
        for (int have = 0; have < count; ) {
            while (held < width) {
                if (block == 0 && (block = one()) == 0) throw new Damaged("it breaks off amid its pixels");
                bits |= one() << held;
                held += 8;
                block--;
            }
            int code = bits & (1 << width) - 1;
            bits >>>= width;
            held -= width;
            if (code == clear) {
                size = end + 1;
                width = least + 1;
                previous = -1;
                continue;
            }
            if (code == end) throw new Damaged("it breaks off amid its pixels");
            if (code > size || code == size && previous < 0 || previous < 0 && code >= clear) throw new Damaged("its compressed pixels are broken");
            int depth = 0;
            int walk = code;
            if (code == size) {                                  // the code being made just now: the previous one and its own first
                stack[depth++] = first[previous];
                walk = previous;
            }
            for (; walk > end; walk = prefix[walk]) stack[depth++] = last[walk];
            stack[depth++] = last[walk];
            byte head = stack[depth - 1];
            if (previous >= 0 && size < 4096) {
                prefix[size] = previous;
                last[size] = head;
                first[size] = first[previous];
                if (++size == 1 << width && width < 12) width++;
            }
            while (depth > 0 && have < count) out[have++] = stack[--depth];
            previous = code;
        }
        return out;
    }

    private byte[] palette(int flags) throws Damaged {
        if ((flags & 0x80) == 0) return null;
        int length = 3 << (flags & 7) + 1;
        need(length);
        at += length;
        return Arrays.copyOfRange(file, at - length, at);
    }

    private void need(int bytes) throws Damaged {
        if (bytes > file.length - at) throw new Damaged("it breaks off after %d bytes", file.length);
    }

    private int one() throws Damaged {
        need(1);
        return file[at++] & 255;
    }

    private int two() throws Damaged {
        return one() | one() << 8;
    }
}

package dev.mige4j.photos.annotation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.UsageException;
import java.util.Arrays;

/**
 * Masks as run lengths, as COCO stores them: {@code {"size": [height, width], "counts": ...}}. The runs go down the
 * columns, from left to right, and alternate between pixels outside and inside; the first one is outside.
 *
 * <p>{@code counts} is a list of numbers or a string. In the string, each run is written in groups of five bits, the
 * lowest first, one character a group: its code less 48; bit 5 says that another group follows, and bit 4 of the last
 * one is the sign. From the fourth run on, the difference to the run two before is stored.
 */
final class RunLengthMask {

    private static final int MAX_SHIFT = 30; // 35 bits: more than a length of an int needs

    private RunLengthMask() {}

    /**
     * The mask of a node with {@code size} and {@code counts}.
     *
     * @throws UsageException when the size is not that of the photograph, or the runs do not add up to it
     */
    static BinaryMask parse(JsonNode node, int width, int height) {
        JsonNode size = node.path("size"), counts = node.path("counts");
        if (size.size() != 2 || size.path(0).asInt() != height || size.path(1).asInt() != width)
            throw new UsageException("its 'size' is %s, expected [%d,%d] as for the photograph", size, height, width);
        if (counts.isTextual()) return fill(decode(counts.textValue()), width, height);
        if (!counts.isArray()) throw new UsageException("its 'counts' are neither a string nor a list of numbers");
        long[] runs = new long[counts.size()];
        for (int i = 0; i < runs.length; i++) {
            if (!counts.get(i).canConvertToLong())
                throw new UsageException("its 'counts' contain %s, expected numbers", counts.get(i));
            runs[i] = counts.get(i).longValue();
        }
        return fill(runs, width, height);
    }

    private static long[] decode(String text) {
        long[] runs = new long[text.length()];
        int count = 0;
        for (int i = 0; i < text.length(); count++) {
            long value = 0;
            int shift = 0;
            for (boolean more = true; more; shift += 5) {
                int group = i < text.length() && shift <= MAX_SHIFT ? text.charAt(i++) - '0' : -1;
                if (group < 0 || group > 63) throw new UsageException("its 'counts' are damaged at character %d", i);
                value |= (long) (group & 31) << shift;
                more = (group & 32) != 0;
                if (!more && (group & 16) != 0) value |= -1L << (shift + 5);
            }
            runs[count] = count > 2 ? value + runs[count - 2] : value;
        }
        return Arrays.copyOf(runs, count);
    }

    private static BinaryMask fill(long[] runs, int width, int height) {
        byte[] pixels = new byte[Math.multiplyExact(width, height)];
        int position = 0;
        boolean inside = false;
        for (long run : runs) {
            if (run < 0 || run > pixels.length - position)
                throw new UsageException("its runs do not fit into %d x %d pixels", width, height);
            int end = position + (int) run;
            if (inside) for (int i = position; i < end; i++) pixels[i % height * width + i / height] = 1;
            position = end;
            inside = !inside;
        }
        if (position != pixels.length)
            throw new UsageException(
                    "its runs cover %d pixels, expected %d x %d = %d", position, width, height, pixels.length);
        return BinaryMask.of(width, height, pixels);
    }
}

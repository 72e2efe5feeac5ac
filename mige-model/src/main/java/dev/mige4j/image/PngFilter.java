package dev.mige4j.image;

/**
 * The filters of PNG: each predicts a sample from those to the left and above, and the residuals are stored. Each row
 * gets the filter with the smallest sum of absolute residuals.
 */
final class PngFilter {

    private static final int NONE = 0, SUB = 1, UP = 2, AVERAGE = 3, PAETH = 4;

    private final int channels;

    PngFilter(int channels) {
        this.channels = channels;
    }

    /** Writes the type of the best filter and the residuals of {@code row} to {@code out}, from {@code to} on. */
    void apply(byte[] row, byte[] above, byte[] out, int to) {
        int type = best(row, above);
        out[to++] = (byte) type;
        for (int i = 0; i < row.length; i++) {
            int left = i < channels ? 0 : row[i - channels] & 255, up = above[i] & 255;
            int prediction =
                    switch (type) {
                        case SUB -> left;
                        case UP -> up;
                        case AVERAGE -> (left + up) >> 1;
                        case PAETH -> paeth(left, up, i < channels ? 0 : above[i - channels] & 255);
                        default -> 0;
                    };
            out[to + i] = (byte) (row[i] - prediction);
        }
    }

    private int best(byte[] row, byte[] above) {
        int none = 0, sub = 0, up = 0, average = 0, paeth = 0;
        for (int i = 0; i < row.length; i++) {
            int value = row[i], a = i < channels ? 0 : row[i - channels] & 255;
            int b = above[i] & 255, c = i < channels ? 0 : above[i - channels] & 255;
            none += magnitude(value);
            sub += magnitude(value - a);
            up += magnitude(value - b);
            average += magnitude(value - ((a + b) >> 1));
            paeth += magnitude(value - paeth(a, b, c));
        }
        int best = NONE, least = none;
        if (sub < least) {
            best = SUB;
            least = sub;
        }
        if (up < least) {
            best = UP;
            least = up;
        }
        if (average < least) {
            best = AVERAGE;
            least = average;
        }
        return paeth < least ? PAETH : best;
    }

    /** The absolute value of the lowest byte; without branches, which noise would make slow. */
    private static int magnitude(int residual) {
        int value = (byte) residual, sign = value >> 31;
        return (value ^ sign) - sign;
    }

    /** Of left, above and upper left, the one nearest to {@code left + above - upperLeft}; without branches. */
    private static int paeth(int left, int above, int upperLeft) {
        int toLeft = abs(above - upperLeft), toAbove = abs(left - upperLeft);
        int toUpperLeft = abs(left + above - 2 * upperLeft);
        int aboveMask = (toAbove - toUpperLeft - 1) >> 31; // -1 if above is as near as upper left, or nearer; else 0
        int other = upperLeft ^ ((above ^ upperLeft) & aboveMask);
        int toOther = toUpperLeft ^ ((toAbove ^ toUpperLeft) & aboveMask);
        int leftMask = (toLeft - toOther - 1) >> 31;
        return other ^ ((left ^ other) & leftMask);
    }

    private static int abs(int value) {
        int sign = value >> 31;
        return (value ^ sign) - sign;
    }
}

package dev.mige4j.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * An RGB colour space that is given by its primaries and one curve, as an ICC profile.
 *
 * <pre>
 *   XYZ(D50) = A · P · diag(s) · curve(rgb)     P: XYZ of the primaries, P · s = XYZ of white, A: Bradford's adaptation
 * </pre>
 *
 * @param white chromaticity x, y of white
 * @param gamma exponent of the curve; empty: the curve of sRGB
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MatrixProfile(double[] white, double[] red, double[] green, double[] blue, OptionalDouble gamma) {

    private static final double[] D50_XYZ = {0.9642, 1, 0.8249};

    static final MatrixProfile DISPLAY_P3 = new MatrixProfile(
            new double[] {0.3127, 0.3290},
            new double[] {0.68, 0.32},
            new double[] {0.265, 0.69},
            new double[] {0.15, 0.06},
            OptionalDouble.empty());

    private static final double[][] BRADFORD = {
        {0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}
    };

    /** Parameters g, a, b, c, d of the curve {@code y = (a·x + b)^g if x >= d, else c·x}. */
    private static final double[] SRGB_CURVE = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};

    private static final int HEADER_BYTES = 128, TAG_BYTES = 12, XYZ_BYTES = 20, CURVE_BYTES = 32;

    private static final String[] TAGS = {"wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"};

    /** The bytes of the profile, version 4; empty if the primaries span no colour space. */
    Optional<byte[]> toIcc() {
        double[][] colorants = colorants();
        for (double[] row : colorants) for (double value : row) if (!(Math.abs(value) < 16)) return Optional.empty();
        int xyzOffset = HEADER_BYTES + 4 + TAGS.length * TAG_BYTES, curveOffset = xyzOffset + 4 * XYZ_BYTES;
        ByteBuffer icc = ByteBuffer.allocate(curveOffset + CURVE_BYTES);
        icc.putInt(icc.capacity()).putInt(0).putInt(0x04200000); // version 4.2
        icc.put(ascii("mntrRGB XYZ ")).position(36);
        icc.put(ascii("acsp")).position(68);
        for (double value : D50_XYZ) putFixed(icc, value);
        icc.position(HEADER_BYTES);
        icc.putInt(TAGS.length);
        for (int i = 0; i < TAGS.length; i++) {
            boolean curve = i >= 4;
            icc.put(ascii(TAGS[i])).putInt(curve ? curveOffset : xyzOffset + i * XYZ_BYTES);
            icc.putInt(curve ? CURVE_BYTES : XYZ_BYTES);
        }
        for (int column = -1; column < 3; column++) {
            icc.put(ascii("XYZ ")).putInt(0);
            for (int row = 0; row < 3; row++) putFixed(icc, column < 0 ? D50_XYZ[row] : colorants[row][column]);
        }
        icc.put(ascii("para")).putInt(0).putShort((short) 3).putShort((short) 0);
        double[] curve = gamma.isPresent() ? new double[] {gamma.getAsDouble(), 1, 0, 0, 0} : SRGB_CURVE;
        for (double parameter : curve) putFixed(icc, parameter);
        return Optional.of(icc.array());
    }

    /** XYZ of red, green and blue in the columns, adapted to D50. */
    private double[][] colorants() {
        double[][] primaries = columns(xyz(red), xyz(green), xyz(blue));
        double[] scale = multiply(inverse(primaries), xyz(white));
        double[] from = multiply(BRADFORD, xyz(white)), to = multiply(BRADFORD, D50_XYZ);
        double[][] colorants = new double[3][];
        for (int c = 0; c < 3; c++) {
            double[] colour = new double[3];
            for (int row = 0; row < 3; row++) colour[row] = primaries[row][c] * scale[c];
            double[] cone = multiply(BRADFORD, colour);
            for (int i = 0; i < 3; i++) cone[i] *= to[i] / from[i];
            colorants[c] = multiply(inverse(BRADFORD), cone);
        }
        return columns(colorants[0], colorants[1], colorants[2]);
    }

    private static double[] xyz(double[] xy) {
        return new double[] {xy[0] / xy[1], 1, (1 - xy[0] - xy[1]) / xy[1]};
    }

    private static double[][] columns(double[] a, double[] b, double[] c) {
        return new double[][] {{a[0], b[0], c[0]}, {a[1], b[1], c[1]}, {a[2], b[2], c[2]}};
    }

    private static double[] multiply(double[][] matrix, double[] vector) {
        double[] product = new double[3];
        for (int row = 0; row < 3; row++) for (int i = 0; i < 3; i++) product[row] += matrix[row][i] * vector[i];
        return product;
    }

    private static double[][] inverse(double[][] m) {
        double[][] inverse = new double[3][3];
        double determinant = 0;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                int r = (j + 1) % 3, s = (j + 2) % 3, t = (i + 1) % 3, u = (i + 2) % 3;
                inverse[i][j] = m[r][t] * m[s][u] - m[r][u] * m[s][t]; // cofactor of m[j][i]
                if (i == 0) determinant += m[j][0] * inverse[0][j];
            }
        for (double[] row : inverse) for (int j = 0; j < 3; j++) row[j] /= determinant;
        return inverse;
    }

    private static void putFixed(ByteBuffer icc, double value) {
        icc.putInt((int) Math.round(value * 65536));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

package dev.mige4j.corpus.renderer;

import dev.mige4j.common.UsageException;
import java.util.Arrays;
import java.util.List;

/** Styles that edits can apply to a rendered image. */
public enum StyleFilter {
    SEPIA("sepia") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            for (int i = 0; i < n * n; i++) {
                float l = luminance(r, g, b, i);
                r[i] = l * 1.08f + 14;
                g[i] = l * 0.90f + 6;
                b[i] = l * 0.66f;
            }
        }
    },
    BLACK_AND_WHITE("black-and-white") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            for (int i = 0; i < n * n; i++) r[i] = g[i] = b[i] = 128 + (luminance(r, g, b, i) - 128) * 1.12f;
        }
    },
    PENCIL_DRAWING("pencil drawing") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            float[] l = new float[n * n];
            for (int i = 0; i < n * n; i++) l[i] = luminance(r, g, b, i);
            float[] soft = boxBlur(l, n, Math.max(1, n / 64));
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    int i = y * n + x;
                    double line = Math.min(1, (l[i] + 6) / (soft[i] + 6));
                    double hatch = l[i] < 120 && (x + y) * 64 / n % 3 == 0 ? 0.90 : 1;
                    double tone = 0.84 + 0.16 * Math.min(1, l[i] / 170),
                            paper = 252 - 8 * ValueNoise.at(x * 90.0 / n, y * 90.0 / n, 5);
                    r[i] = g[i] = b[i] = (float) (paper * tone * hatch * Math.max(0.12, 1 - (1 - line) * 2.6));
                }
        }
    },
    WATERCOLOUR("watercolour") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            int k = Math.max(1, n / 85);
            float[] l = new float[n * n];
            for (float[] p : List.of(r, g, b)) System.arraycopy(boxBlur(p, n, k), 0, p, 0, n * n);
            for (int i = 0; i < n * n; i++) l[i] = luminance(r, g, b, i);
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    int i = y * n + x;
                    double u = (double) x / n, v = (double) y / n;
                    double edge = Math.abs(l[y * n + Math.min(n - 1, x + 1)] - l[y * n + Math.max(0, x - 1)])
                            + Math.abs(l[Math.min(n - 1, y + 1) * n + x] - l[Math.max(0, y - 1) * n + x]);
                    double washIntensity =
                            0.16 * (ValueNoise.fractal(u * 7, v * 7, 3, 21) - 0.5) - Math.min(0.22, edge / 400);
                    double rim = Math.min(Math.min(u, 1 - u), Math.min(v, 1 - v))
                            + 0.05 * (ValueNoise.fractal(u * 9, v * 9, 2, 33) - 0.5);
                    double paint = Math.max(0, Math.min(1, (rim - 0.030) / 0.02));
                    for (float[] p : List.of(r, g, b)) {
                        double c = 255 - (255 - p[i]) * 0.86 * (1 - washIntensity);
                        c = l[i] + (c - l[i]) * 1.12 + c * washIntensity * 0.3;
                        p[i] = (float) (251 + (Math.max(0, Math.min(255, c)) - 251) * paint);
                    }
                }
        }
    },
    PIXEL_ART("pixel art") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            int k = Math.max(2, n / 32);
            for (float[] p : List.of(r, g, b))
                for (int y = 0; y < n; y += k)
                    for (int x = 0; x < n; x += k) {
                        float sum = 0;
                        int count = 0;
                        for (int j = y; j < Math.min(n, y + k); j++)
                            for (int i = x; i < Math.min(n, x + k); i++, count++) sum += p[j * n + i];
                        float q = Math.round(Math.min(255, sum / count) / 36.43f) * 36.43f;
                        for (int j = y; j < Math.min(n, y + k); j++)
                            for (int i = x; i < Math.min(n, x + k); i++) p[j * n + i] = q;
                    }
        }
    },
    POSTER("poster") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            for (float[] p : List.of(r, g, b)) System.arraycopy(boxBlur(p, n, Math.max(1, n / 128)), 0, p, 0, n * n);
            for (int i = 0; i < n * n; i++) {
                float l = luminance(r, g, b, i);
                for (float[] p : List.of(r, g, b))
                    p[i] = Math.round(Math.max(0, Math.min(255, 128 + (l + (p[i] - l) * 1.5f - 128) * 1.2f)) / 85f)
                            * 85f;
            }
        }
    },
    NEON("neon") {
        @Override
        void apply(int n, float[] r, float[] g, float[] b) {
            float[][] in = {r.clone(), g.clone(), b.clone()};
            float[] edge = new float[n * n];
            int s = Math.max(1, n / 128);
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    double sum = 0;
                    for (float[] p : in) {
                        double dx = p[y * n + Math.min(n - 1, x + s)] - p[y * n + Math.max(0, x - s)],
                                dy = p[Math.min(n - 1, y + s) * n + x] - p[Math.max(0, y - s) * n + x];
                        sum = Math.max(sum, Math.sqrt(dx * dx + dy * dy));
                    }
                    edge[y * n + x] = (float) Math.min(1, Math.max(0, sum - 12) / 90);
                }
            float[] halo = boxBlur(edge, n, Math.max(1, n / 50));
            for (int i = 0; i < n * n; i++) {
                double high = Math.max(1, Math.max(in[0][i], Math.max(in[1][i], in[2][i]))),
                        low = Math.min(in[0][i], Math.min(in[1][i], in[2][i]));
                float[][] out = {r, g, b};
                double[] night = {20, 8, 46};
                double[] plain = {0.25, 0.95, 1};
                for (int c = 0; c < 3; c++) {
                    double vivid =
                            high - low < 18 ? plain[c] : Math.max(0, (in[c][i] - low * 0.85) / (high - low * 0.85));
                    out[c][i] = (float) Math.min(
                            255,
                            night[c]
                                    + 0.12 * in[c][i]
                                    + 255 * vivid * (edge[i] + 0.55 * halo[i])
                                    + 70 * edge[i] * edge[i]);
                }
            }
        }
    };

    /** Names of all styles, as in specifications. */
    public static final List<String> NAMES =
            Arrays.stream(values()).map(f -> f.label).toList();

    private final String label;

    StyleFilter(String label) {
        this.label = label;
    }

    /**
     * The style of a name.
     *
     * @throws UsageException when there is none
     */
    static StyleFilter byName(String label) {
        for (StyleFilter f : values()) if (f.label.equals(label)) return f;
        throw new UsageException("There is no style '%s'; the styles are %s", label, NAMES);
    }

    /** Changes an image of n x n pixels in place; colour planes [n*n], 0..255. */
    abstract void apply(int n, float[] r, float[] g, float[] b);

    private static float luminance(float[] r, float[] g, float[] b, int i) {
        return 0.30f * r[i] + 0.59f * g[i] + 0.11f * b[i];
    }

    /** Two passes of a box filter of this radius over a plane [n*n]. */
    private static float[] boxBlur(float[] plane, int n, int radius) {
        float[] a = plane.clone(), b = new float[n * n];
        for (int pass = 0; pass < 2; pass++) {
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    float sum = 0;
                    for (int i = -radius; i <= radius; i++) sum += a[y * n + Math.max(0, Math.min(n - 1, x + i))];
                    b[y * n + x] = sum / (2 * radius + 1);
                }
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) {
                    float sum = 0;
                    for (int i = -radius; i <= radius; i++) sum += b[Math.max(0, Math.min(n - 1, y + i)) * n + x];
                    a[y * n + x] = sum / (2 * radius + 1);
                }
        }
        return a;
    }
}

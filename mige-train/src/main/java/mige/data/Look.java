package mige.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes the colours of a thing: turned hue, a named colour, a texture; works on one drawing's pixels in place. */
final class Look {

    /** Palette of the colour edits, 0xRRGGBB by name. */
    static final Map<String, Integer> COLOURS = colours();
    static final List<String> COLOUR_NAMES = List.copyOf(COLOURS.keySet());
    static final List<String> TEXTURES = List.of("wooden", "stone", "golden", "striped", "polka-dot", "ice");

    private Look() { }

    private static Map<String, Integer> colours() {
        Map<String, Integer> c = new LinkedHashMap<>();
        c.put("white", 0xf2f2ee);
        c.put("black", 0x2b2b30);
        c.put("red", 0xe0362f);
        c.put("orange", 0xf58a1f);
        c.put("yellow", 0xf7cf2a);
        c.put("green", 0x3fa843);
        c.put("turquoise", 0x22b8b0);
        c.put("blue", 0x2f6fe0);
        c.put("purple", 0x8a46c0);
        c.put("pink", 0xf57fb4);
        c.put("gold", 0xd9a521);
        return c;
    }

    /** Applies the look of {@code o} to a stamp. */
    static void apply(ObjectSpec o, Stamp s) {
        if (o.hue() != 0) turn(s, o.hue());
        if (o.color() != null) recolour(s, COLOURS.get(o.color()), o.color().equals("white") ? 0.45 : 0.9, o.color().equals("black") ? 0.3 : 0.85);
        if (o.texture() != null) texture(s, o.texture());
    }

    private static void turn(Stamp s, int degrees) {
        float[] hsv = new float[3];
        for (int i = 0; i < s.alpha.length; i++) {
            if (s.alpha[i] == 0) continue;
            java.awt.Color.RGBtoHSB(clamp(s.red[i]), clamp(s.green[i]), clamp(s.blue[i]), hsv);
            int rgb = java.awt.Color.HSBtoRGB(hsv[0] + degrees / 360f, hsv[1], hsv[2]);
            s.red[i] = rgb >> 16 & 255;
            s.green[i] = rgb >> 8 & 255;
            s.blue[i] = rgb & 255;
        }
    }

    private static int clamp(float v) {
        return Math.max(0, Math.min(255, (int) (v + 0.5f)));
    }

    private static double light(Stamp s, int i) {
        return (0.30 * s.red[i] + 0.59 * s.green[i] + 0.11 * s.blue[i]) / 255;
    }

    /** Brightness is kept relative to the drawing's mean: darks stay dark, highlights go towards white. */
    private static void recolour(Stamp s, int colour, double dark, double shine) {
        double sum = 0, weight = 1e-6;
        for (int i = 0; i < s.alpha.length; i++) {
            sum += light(s, i) * s.alpha[i];
            weight += s.alpha[i];
        }
        double mean = Math.max(0.3, Math.min(0.75, sum / weight));
        int cr = colour >> 16, cg = colour >> 8 & 255, cb = colour & 255;
        for (int i = 0; i < s.alpha.length; i++) {
            if (s.alpha[i] == 0) continue;
            double l = light(s, i);
            if (l <= mean) {
                double t = l / mean, k = 1 - dark * (1 - t);
                s.red[i] = (float) (cr * k);
                s.green[i] = (float) (cg * k);
                s.blue[i] = (float) (cb * k);
            } else {
                double t = (l - mean) / (1 - mean), k = shine * t * t;
                s.red[i] = (float) (cr + (255 - cr) * k);
                s.green[i] = (float) (cg + (255 - cg) * k);
                s.blue[i] = (float) (cb + (255 - cb) * k);
            }
        }
    }

    private static void texture(Stamp s, String name) {
        switch (name) {
            case "wooden" -> recolour(s, 0xa86a36, 0.7, 0.35);
            case "stone" -> recolour(s, 0x94938e, 0.6, 0.4);
            case "golden" -> recolour(s, 0xe6b422, 0.75, 1.0);
            case "polka-dot" -> recolour(s, 0xe0486a, 0.7, 0.5);
            case "striped" -> recolour(s, 0x3b62b8, 0.7, 0.5);
            case "ice" -> recolour(s, 0x9fd8f5, 0.5, 1.0);
            default -> throw new mige.tensor.UsageException("There is no texture '%s'; the textures are %s", name, TEXTURES);
        }
        double unit = Math.sqrt((double) s.width * s.height);
        for (int y = 0; y < s.height; y++) for (int x = 0; x < s.width; x++) {
            int i = y * s.width + x;
            if (s.alpha[i] == 0) continue;
            double u = x / unit, v = y / unit;
            switch (name) {
                case "wooden" -> {
                    double rings = (u * 1.2 + 0.8 * Noise.fractal(u * 3, v * 1.2, 2, 7)) * 16, f = rings - Math.floor(rings);
                    scale(s, i, 0.86 + 0.28 * Math.abs(2 * f - 1));
                }
                case "stone" -> scale(s, i, 0.74 + 0.52 * Noise.fractal(u * 14, v * 14, 3, 11));
                case "golden" -> {
                    double f = (u + v * 0.6) * 2.4;
                    f -= Math.floor(f);
                    scale(s, i, 0.84 + (f < 0.3 ? 0.4 : f < 0.42 ? 0.15 : 0.05));
                }
                case "striped" -> {
                    double f = (u + v * 0.35) * 6;
                    if (f - Math.floor(f) < 0.5) blend(s, i, 0xffffff, 0.82);
                }
                case "polka-dot" -> {
                    double a = u * 6, b = v * 6;
                    a += Math.floor(b) % 2 * 0.5;
                    double p = a - Math.floor(a) - 0.5, q = b - Math.floor(b) - 0.5;
                    if (p * p + q * q < 0.085) blend(s, i, 0xffffff, 0.9);
                }
                default -> {
                    blend(s, i, 0xffffff, 0.55 * Math.max(0, Noise.fractal(u * 7 + v * 3, v * 7 - u * 2, 2, 5) - 0.45));
                    s.alpha[i] *= 0.88f;
                }
            }
        }
    }

    private static void scale(Stamp s, int i, double k) {
        s.red[i] = (float) Math.min(255, s.red[i] * k);
        s.green[i] = (float) Math.min(255, s.green[i] * k);
        s.blue[i] = (float) Math.min(255, s.blue[i] * k);
    }

    private static void blend(Stamp s, int i, int rgb, double t) {
        s.red[i] += (float) (((rgb >> 16) - s.red[i]) * t);
        s.green[i] += (float) (((rgb >> 8 & 255) - s.green[i]) * t);
        s.blue[i] += (float) (((rgb & 255) - s.blue[i]) * t);
    }
}

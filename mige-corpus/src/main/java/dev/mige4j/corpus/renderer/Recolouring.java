package dev.mige4j.corpus.renderer;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.ObjectSpec;
import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Changes the colours of a sprite in place: hue rotation, named colours and textures. */
public final class Recolouring {

    /** The colours of colour edits, 0xRRGGBB by name. */
    private static final Map<String, Integer> COLOURS = colours();

    /** Names of the colours that edits can request. */
    public static final List<String> COLOUR_NAMES = List.copyOf(COLOURS.keySet());

    /** Names of the textures that edits can request. */
    public static final List<String> TEXTURES = List.of("wooden", "stone", "golden", "striped", "polka-dot", "ice");

    private Recolouring() {}

    private static Map<String, Integer> colours() {
        Map<String, Integer> colours = new LinkedHashMap<>();
        colours.put("white", 0xf2f2ee);
        colours.put("black", 0x2b2b30);
        colours.put("red", 0xe0362f);
        colours.put("orange", 0xf58a1f);
        colours.put("yellow", 0xf7cf2a);
        colours.put("green", 0x3fa843);
        colours.put("turquoise", 0x22b8b0);
        colours.put("blue", 0x2f6fe0);
        colours.put("purple", 0x8a46c0);
        colours.put("pink", 0xf57fb4);
        colours.put("gold", 0xd9a521);
        return colours;
    }

    /**
     * Applies hue shift, colour and texture of an object.
     *
     * @throws UsageException when the colour or the texture does not exist
     */
    static void apply(ObjectSpec object, PlacedSprite sprite) {
        if (object.hueShift() != 0) shiftHue(sprite, object.hueShift());
        if (object.color() != null) applyColour(sprite, object.color());
        if (object.texture() != null) applyTexture(sprite, object.texture());
    }

    private static void applyColour(PlacedSprite sprite, String name) {
        Integer colour = COLOURS.get(name);
        if (colour == null) throw new UsageException("There is no colour '%s'; the colours are %s", name, COLOUR_NAMES);
        recolour(sprite, colour, name.equals("white") ? 0.45 : 0.9, name.equals("black") ? 0.3 : 0.85);
    }

    private static void shiftHue(PlacedSprite sprite, int degrees) {
        float[] hsv = new float[3];
        for (int i = 0; i < sprite.alpha.length; i++) {
            if (sprite.alpha[i] == 0) continue;
            Color.RGBtoHSB(clamp(sprite.red[i]), clamp(sprite.green[i]), clamp(sprite.blue[i]), hsv);
            int rgb = Color.HSBtoRGB(hsv[0] + degrees / 360f, hsv[1], hsv[2]);
            sprite.red[i] = rgb >> 16 & 255;
            sprite.green[i] = rgb >> 8 & 255;
            sprite.blue[i] = rgb & 255;
        }
    }

    private static int clamp(float v) {
        return Math.max(0, Math.min(255, (int) (v + 0.5f)));
    }

    private static double luminance(PlacedSprite sprite, int i) {
        return (0.30 * sprite.red[i] + 0.59 * sprite.green[i] + 0.11 * sprite.blue[i]) / 255;
    }

    /**
     * Replaces the hue and keeps the brightness relative to the mean of the sprite: pixels below it go towards black by
     * {@code shadowStrength}, those above it towards white by {@code highlightStrength}.
     */
    private static void recolour(PlacedSprite sprite, int colour, double shadowStrength, double highlightStrength) {
        double sum = 0, weight = 1e-6;
        for (int i = 0; i < sprite.alpha.length; i++) {
            sum += luminance(sprite, i) * sprite.alpha[i];
            weight += sprite.alpha[i];
        }
        double mean = Math.max(0.3, Math.min(0.75, sum / weight));
        int cr = colour >> 16, cg = colour >> 8 & 255, cb = colour & 255;
        for (int i = 0; i < sprite.alpha.length; i++) {
            if (sprite.alpha[i] == 0) continue;
            double l = luminance(sprite, i);
            if (l <= mean) {
                double t = l / mean, k = 1 - shadowStrength * (1 - t);
                sprite.red[i] = (float) (cr * k);
                sprite.green[i] = (float) (cg * k);
                sprite.blue[i] = (float) (cb * k);
            } else {
                double t = (l - mean) / (1 - mean), k = highlightStrength * t * t;
                sprite.red[i] = (float) (cr + (255 - cr) * k);
                sprite.green[i] = (float) (cg + (255 - cg) * k);
                sprite.blue[i] = (float) (cb + (255 - cb) * k);
            }
        }
    }

    private static void applyTexture(PlacedSprite sprite, String name) {
        switch (name) {
            case "wooden" -> recolour(sprite, 0xa86a36, 0.7, 0.35);
            case "stone" -> recolour(sprite, 0x94938e, 0.6, 0.4);
            case "golden" -> recolour(sprite, 0xe6b422, 0.75, 1.0);
            case "polka-dot" -> recolour(sprite, 0xe0486a, 0.7, 0.5);
            case "striped" -> recolour(sprite, 0x3b62b8, 0.7, 0.5);
            case "ice" -> recolour(sprite, 0x9fd8f5, 0.5, 1.0);
            default -> throw new UsageException("There is no texture '%s'; the textures are %s", name, TEXTURES);
        }
        double side = Math.sqrt((double) sprite.width * sprite.height);
        for (int y = 0; y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++) {
                int i = y * sprite.width + x;
                if (sprite.alpha[i] != 0) applyPattern(sprite, i, name, x / side, y / side);
            }
    }

    /** The pattern of a texture at one pixel; u and v are in units of the sprite's mean side. */
    private static void applyPattern(PlacedSprite sprite, int i, String name, double u, double v) {
        switch (name) {
            case "wooden" -> {
                double rings = (u * 1.2 + 0.8 * ValueNoise.fractal(u * 3, v * 1.2, 2, 7)) * 16,
                        f = rings - Math.floor(rings);
                scaleBrightness(sprite, i, 0.86 + 0.28 * Math.abs(2 * f - 1));
            }
            case "stone" -> scaleBrightness(sprite, i, 0.74 + 0.52 * ValueNoise.fractal(u * 14, v * 14, 3, 11));
            case "golden" -> {
                double f = (u + v * 0.6) * 2.4;
                f -= Math.floor(f);
                scaleBrightness(sprite, i, 0.84 + (f < 0.3 ? 0.4 : f < 0.42 ? 0.15 : 0.05));
            }
            case "striped" -> {
                double f = (u + v * 0.35) * 6;
                if (f - Math.floor(f) < 0.5) blend(sprite, i, 0xffffff, 0.82);
            }
            case "polka-dot" -> {
                double a = u * 6, b = v * 6;
                a += Math.floor(b) % 2 * 0.5;
                double p = a - Math.floor(a) - 0.5, q = b - Math.floor(b) - 0.5;
                if (p * p + q * q < 0.085) blend(sprite, i, 0xffffff, 0.9);
            }
            default -> {
                blend(
                        sprite,
                        i,
                        0xffffff,
                        0.55 * Math.max(0, ValueNoise.fractal(u * 7 + v * 3, v * 7 - u * 2, 2, 5) - 0.45));
                sprite.alpha[i] *= 0.88f;
            }
        }
    }

    private static void scaleBrightness(PlacedSprite sprite, int i, double factor) {
        sprite.red[i] = (float) Math.min(255, sprite.red[i] * factor);
        sprite.green[i] = (float) Math.min(255, sprite.green[i] * factor);
        sprite.blue[i] = (float) Math.min(255, sprite.blue[i] * factor);
    }

    private static void blend(PlacedSprite sprite, int i, int rgb, double t) {
        sprite.red[i] += (float) (((rgb >> 16) - sprite.red[i]) * t);
        sprite.green[i] += (float) (((rgb >> 8 & 255) - sprite.green[i]) * t);
        sprite.blue[i] += (float) (((rgb & 255) - sprite.blue[i]) * t);
    }
}

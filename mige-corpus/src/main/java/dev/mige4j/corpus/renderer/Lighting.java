package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;

/**
 * The lighting of a scene at a time of day and in a weather. Colours are 0xRRGGBB.
 *
 * @param tint colour of a white object in this light
 * @param shadowStrength 0..1
 * @param lampStrength how bright lamps and windows are, 0..1
 */
record Lighting(Sky sky, Tint tint, Sun sun, double shadowStrength, double lampStrength, Precipitation precipitation) {

    /** Colours of the sky from top to bottom, of haze and clouds, and whether there are stars. */
    record Sky(int top, int middle, int bottom, int haze, int cloud, boolean starsVisible) {

        /** Without stars, its colours mixed with {@code colour} by {@code t}. */
        Sky overcast(int colour, double t, int haze, int cloud) {
            return new Sky(
                    mix(top, shade(colour, 0.92), t),
                    mix(middle, colour, t),
                    mix(bottom, shade(colour, 1.05), t),
                    haze,
                    cloud,
                    false);
        }
    }

    /** Factors of the colour channels. */
    record Tint(double red, double green, double blue) {
        Tint times(double factor) {
            return new Tint(red * factor, green * factor, blue * factor);
        }
    }

    /** Position of the sun or moon; {@code colour} 0: hidden. Its u is the same at all times of day. */
    record Sun(double u, double v, int colour) {}

    /** Fog, snow and rain; {@code fogDensity} in 0..1. */
    record Precipitation(double fogDensity, boolean snowing, boolean raining) {
        static final Precipitation NONE = new Precipitation(0, false, false);
    }

    static Lighting of(Scene scene, String time, String weather, RandomStream random) {
        double u = random.uniform(0.15, 0.85),
                high = scene.horizon() * random.uniform(0.2, 0.36),
                low = scene.horizon() - random.uniform(0.05, 0.11);
        return switch (scene.environment()) {
            case WATER ->
                new Lighting(
                        new Sky(0x49bfe8, 0x2590c8, 0x1a6fa8, 0x3aa0cc, 0, false),
                        new Tint(0.84, 0.97, 1.04),
                        new Sun(u, 0, 0),
                        0.1,
                        0,
                        Precipitation.NONE);
            case SPACE ->
                new Lighting(
                        new Sky(0x0b0a24, 0x1a1240, 0x2a1a50, 0x5a5f70, 0, true),
                        new Tint(0.98, 0.98, 1.02),
                        new Sun(u, high, 0),
                        0.4,
                        0,
                        Precipitation.NONE);
            case INDOORS -> indoors(time, new Sun(u, high, 0));
            case OUTDOORS -> outdoors(time, u, high, low).withWeather(weather, overcastBrightness(time));
        };
    }

    private static Lighting indoors(String time, Sun sun) {
        return time.equals("night")
                ? new Lighting(
                        new Sky(0, 0, 0, 0x1b2858, 0, false),
                        new Tint(0.50, 0.51, 0.68),
                        sun,
                        0.25,
                        1,
                        Precipitation.NONE)
                : new Lighting(
                        new Sky(0, 0, 0, 0xe6edf2, 0, false),
                        new Tint(1.01, 1.0, 0.97),
                        sun,
                        0.28,
                        0,
                        Precipitation.NONE);
    }

    /** In clear weather. */
    private static Lighting outdoors(String time, double u, double high, double low) {
        return switch (time) {
            case "sunset" ->
                new Lighting(
                        new Sky(0x6f5596, 0xf08a6c, 0xffc680, 0xeaa78c, 0xffc0a0, false),
                        new Tint(1.08, 0.88, 0.76),
                        new Sun(u, low, 0xffe6a0),
                        0.36,
                        0.45,
                        Precipitation.NONE);
            case "night" ->
                new Lighting(
                        new Sky(0x0d1338, 0x1b2858, 0x36467c, 0x2e3b6c, 0x46527f, true),
                        new Tint(0.44, 0.51, 0.80),
                        new Sun(u, high, 0xf4f2de),
                        0.30,
                        1,
                        Precipitation.NONE);
            case "dawn" ->
                new Lighting(
                        new Sky(0x86a6dc, 0xf2bccb, 0xffe6c6, 0xf0d3d3, 0xffdfe0, false),
                        new Tint(1.02, 0.93, 0.95),
                        new Sun(u, low, 0xfff4dc),
                        0.25,
                        0.2,
                        Precipitation.NONE);
            case "overcast" ->
                new Lighting(
                        new Sky(0x929eab, 0xafbac5, 0xcfd6dc, 0xbfc8d0, 0xd3d9df, false),
                        new Tint(0.87, 0.89, 0.91),
                        new Sun(u, high, 0),
                        0.14,
                        0.1,
                        Precipitation.NONE);
            default ->
                new Lighting(
                        new Sky(0x3f8be0, 0x86c2f4, 0xdff1fb, 0xc6ddee, 0xffffff, false),
                        new Tint(1.02, 1.01, 0.98),
                        new Sun(u, high, 0xfff6c8),
                        0.34,
                        0,
                        Precipitation.NONE);
        };
    }

    private static double overcastBrightness(String time) {
        return switch (time) {
            case "night" -> 0.42;
            case "overcast" -> 0.92;
            default -> 1;
        };
    }

    private Lighting withWeather(String weather, double brightness) {
        return switch (weather) {
            case "rain" ->
                overcast(
                        sky.overcast(
                                shade(0x7c8895, brightness),
                                0.78,
                                shade(0x8793a0, brightness),
                                shade(0x98a3ae, brightness)),
                        0.80,
                        0.12,
                        new Precipitation(0.12, false, true));
            case "snow" ->
                overcast(
                        sky.overcast(
                                shade(0xc2cad4, brightness),
                                0.75,
                                shade(0xd8dee6, brightness),
                                shade(0xdde2e8, brightness)),
                        0.97,
                        0.15,
                        new Precipitation(0.12, true, false));
            case "fog" -> {
                int fog = shade(mix(0xd6dbe0, sky.haze, 0.25), brightness * 1.04);
                yield overcast(
                        sky.overcast(fog, 0.86, fog, shade(0xd9dee3, brightness)),
                        0.98,
                        0.08,
                        new Precipitation(1, false, false));
            }
            default -> this;
        };
    }

    /** With the sun hidden and the lamps on. */
    private Lighting overcast(Sky sky, double brightness, double shadowStrength, Precipitation precipitation) {
        return new Lighting(
                sky,
                tint.times(brightness),
                new Sun(sun.u, sun.v, 0),
                shadowStrength,
                Math.max(lampStrength, 0.2),
                precipitation);
    }

    /** How far haze covers the colours at a depth (0 near .. 1 far), in 0..1. */
    double hazeAt(double depth) {
        double clearAirHaze = 0.55 * depth * depth, fog = precipitation.fogDensity;
        return clearAirHaze
                + fog * (1 - clearAirHaze) * (fog < 0.5 ? 0.6 * depth : 0.22 + 0.74 * Math.min(1, depth * 1.35));
    }
}

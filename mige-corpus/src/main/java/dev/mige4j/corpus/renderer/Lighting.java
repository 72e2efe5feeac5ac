package dev.mige4j.corpus.renderer;

import static dev.mige4j.corpus.renderer.Painter.mix;
import static dev.mige4j.corpus.renderer.Painter.shade;

import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;

/**
 * The light of a scene at a time of day in a weather: three colours of the sky, haze, what a white thing looks like
 * ({@code red, green, blue}), the sun's place (the same at every time, only its height changes), and how strong
 * shadows, lamps, fog and snow are.
 */
record Lighting(
        int skyTop,
        int skyMiddle,
        int skyBottom,
        int hazeColour,
        double tintRed,
        double tintGreen,
        double tintBlue,
        double sunU,
        double sunV,
        int sunColour,
        double shadowStrength,
        double lampStrength,
        double fogDensity,
        boolean snowing,
        boolean raining,
        boolean starsVisible,
        int cloudColour) {

    static Lighting of(Scene scene, String time, String weather, RandomStream random) {
        double sunX = random.uniform(0.15, 0.85),
                sunHigh = scene.horizon() * random.uniform(0.2, 0.36),
                sunLow = scene.horizon() - random.uniform(0.05, 0.11);
        if (scene.environment() == Scene.Environment.WATER)
            return new Lighting(
                    0x49bfe8, 0x2590c8, 0x1a6fa8, 0x3aa0cc, 0.84, 0.97, 1.04, sunX, 0, 0, 0.1, 0, 0, false, false,
                    false, 0);
        if (scene.environment() == Scene.Environment.SPACE)
            return new Lighting(
                    0x0b0a24, 0x1a1240, 0x2a1a50, 0x5a5f70, 0.98, 0.98, 1.02, sunX, sunHigh, 0, 0.4, 0, 0, false, false,
                    true, 0);
        Lighting clear =
                switch (time) {
                    case "sunset" ->
                        new Lighting(
                                0x6f5596, 0xf08a6c, 0xffc680, 0xeaa78c, 1.08, 0.88, 0.76, sunX, sunLow, 0xffe6a0, 0.36,
                                0.45, 0, false, false, false, 0xffc0a0);
                    case "night" ->
                        new Lighting(
                                0x0d1338, 0x1b2858, 0x36467c, 0x2e3b6c, 0.44, 0.51, 0.80, sunX, sunHigh, 0xf4f2de, 0.30,
                                1, 0, false, false, true, 0x46527f);
                    case "dawn" ->
                        new Lighting(
                                0x86a6dc, 0xf2bccb, 0xffe6c6, 0xf0d3d3, 1.02, 0.93, 0.95, sunX, sunLow, 0xfff4dc, 0.25,
                                0.2, 0, false, false, false, 0xffdfe0);
                    case "overcast" ->
                        new Lighting(
                                0x929eab, 0xafbac5, 0xcfd6dc, 0xbfc8d0, 0.87, 0.89, 0.91, sunX, sunHigh, 0, 0.14, 0.1,
                                0, false, false, false, 0xd3d9df);
                    default ->
                        new Lighting(
                                0x3f8be0, 0x86c2f4, 0xdff1fb, 0xc6ddee, 1.02, 1.01, 0.98, sunX, sunHigh, 0xfff6c8, 0.34,
                                0, 0, false, false, false, 0xffffff);
                };
        if (scene.environment() == Scene.Environment.INDOORS)
            return time.equals("night")
                    ? new Lighting(
                            0, 0, 0, 0x1b2858, 0.50, 0.51, 0.68, sunX, sunHigh, 0, 0.25, 1, 0, false, false, false, 0)
                    : new Lighting(
                            0, 0, 0, 0xe6edf2, 1.01, 1.0, 0.97, sunX, sunHigh, 0, 0.28, 0, 0, false, false, false, 0);
        double brightness = time.equals("night") ? 0.42 : time.equals("overcast") ? 0.92 : 1;
        return switch (weather) {
            case "rain" ->
                clear.withWeather(
                        shade(0x7c8895, brightness),
                        0.78,
                        shade(0x8793a0, brightness),
                        0.80,
                        0.12,
                        0.12,
                        false,
                        true,
                        shade(0x98a3ae, brightness));
            case "snow" ->
                clear.withWeather(
                        shade(0xc2cad4, brightness),
                        0.75,
                        shade(0xd8dee6, brightness),
                        0.97,
                        0.15,
                        0.12,
                        true,
                        false,
                        shade(0xdde2e8, brightness));
            case "fog" ->
                clear.withWeather(
                        shade(mix(0xd6dbe0, clear.hazeColour, 0.25), brightness * 1.04),
                        0.86,
                        shade(mix(0xd6dbe0, clear.hazeColour, 0.25), brightness * 1.04),
                        0.98,
                        0.08,
                        1,
                        false,
                        false,
                        shade(0xd9dee3, brightness));
            default -> clear;
        };
    }

    private Lighting withWeather(
            int skyColour,
            double skyBlend,
            int haze,
            double brightness,
            double shadow,
            double fog,
            boolean snow,
            boolean rain,
            int cloud) {
        return new Lighting(
                mix(skyTop, shade(skyColour, 0.92), skyBlend),
                mix(skyMiddle, skyColour, skyBlend),
                mix(skyBottom, shade(skyColour, 1.05), skyBlend),
                haze,
                tintRed * brightness,
                tintGreen * brightness,
                tintBlue * brightness,
                sunU,
                sunV,
                0,
                shadow,
                Math.max(lampStrength, 0.2),
                fog,
                snow,
                rain,
                false,
                cloud);
    }

    /** How much of the haze lies over something at this depth (0 near .. 1 far). */
    double hazeAt(double depth) {
        double clearAirHaze = 0.55 * depth * depth;
        return clearAirHaze
                + fogDensity
                        * (1 - clearAirHaze)
                        * (fogDensity < 0.5 ? 0.6 * depth : 0.22 + 0.74 * Math.min(1, depth * 1.35));
    }
}

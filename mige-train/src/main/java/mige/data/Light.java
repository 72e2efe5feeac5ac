package mige.data;

import static mige.data.Easel.mix;
import static mige.data.Easel.shade;

/**
 * The light of a scene at a time of day in a weather: three colours of the sky, haze, what a white thing looks like
 * ({@code red, green, blue}), the sun's place (the same at every time, only its height changes), and how strong shadows,
 * lamps, fog and snow are.
 */
record Light(int top, int middle, int bottom, int haze, double red, double green, double blue, double sunU, double sunV, int sun,
             double shadow, double lamps, double fog, boolean snow, boolean rain, boolean stars, int cloud) {

    static Light of(Scene scene, String time, String weather, Dice dice) {
        double u = dice.between(0.15, 0.85), high = scene.horizon() * dice.between(0.2, 0.36), low = scene.horizon() - dice.between(0.05, 0.11);
        if (scene.room() == Scene.Room.WATER) return new Light(0x49bfe8, 0x2590c8, 0x1a6fa8, 0x3aa0cc, 0.84, 0.97, 1.04, u, 0, 0, 0.1, 0, 0, false, false, false, 0);
        if (scene.room() == Scene.Room.SPACE) return new Light(0x0b0a24, 0x1a1240, 0x2a1a50, 0x5a5f70, 0.98, 0.98, 1.02, u, high, 0, 0.4, 0, 0, false, false, true, 0);
        Light l = switch (time) {
            case "sunset" -> new Light(0x6f5596, 0xf08a6c, 0xffc680, 0xeaa78c, 1.08, 0.88, 0.76, u, low, 0xffe6a0, 0.36, 0.45, 0, false, false, false, 0xffc0a0);
            case "night" -> new Light(0x0d1338, 0x1b2858, 0x36467c, 0x2e3b6c, 0.44, 0.51, 0.80, u, high, 0xf4f2de, 0.30, 1, 0, false, false, true, 0x46527f);
            case "dawn" -> new Light(0x86a6dc, 0xf2bccb, 0xffe6c6, 0xf0d3d3, 1.02, 0.93, 0.95, u, low, 0xfff4dc, 0.25, 0.2, 0, false, false, false, 0xffdfe0);
            case "overcast" -> new Light(0x929eab, 0xafbac5, 0xcfd6dc, 0xbfc8d0, 0.87, 0.89, 0.91, u, high, 0, 0.14, 0.1, 0, false, false, false, 0xd3d9df);
            default -> new Light(0x3f8be0, 0x86c2f4, 0xdff1fb, 0xc6ddee, 1.02, 1.01, 0.98, u, high, 0xfff6c8, 0.34, 0, 0, false, false, false, 0xffffff);
        };
        if (scene.room() == Scene.Room.INDOORS)
            return time.equals("night") ? new Light(0, 0, 0, 0x1b2858, 0.50, 0.51, 0.68, u, high, 0, 0.25, 1, 0, false, false, false, 0)
                    : new Light(0, 0, 0, 0xe6edf2, 1.01, 1.0, 0.97, u, high, 0, 0.28, 0, 0, false, false, false, 0);
        double bright = time.equals("night") ? 0.42 : time.equals("overcast") ? 0.92 : 1;
        return switch (weather) {
            case "rain" -> l.under(shade(0x7c8895, bright), 0.78, shade(0x8793a0, bright), 0.80, 0.12, 0.12, false, true, shade(0x98a3ae, bright));
            case "snow" -> l.under(shade(0xc2cad4, bright), 0.75, shade(0xd8dee6, bright), 0.97, 0.15, 0.12, true, false, shade(0xdde2e8, bright));
            case "fog" -> l.under(shade(mix(0xd6dbe0, l.haze, 0.25), bright * 1.04), 0.86, shade(mix(0xd6dbe0, l.haze, 0.25), bright * 1.04), 0.98, 0.08, 1, false, false, shade(0xd9dee3, bright));
            default -> l;
        };
    }

    private Light under(int grey, double amount, int haze, double dim, double shadow, double fog, boolean snow, boolean rain, int cloud) {
        return new Light(mix(top, shade(grey, 0.92), amount), mix(middle, grey, amount), mix(bottom, shade(grey, 1.05), amount), haze, red * dim, green * dim, blue * dim,
                sunU, sunV, 0, shadow, Math.max(lamps, 0.2), fog, snow, rain, false, cloud);
    }

    /** How much of the haze lies over something at this depth (0 near .. 1 far). */
    double hazeAt(double depth) {
        double clear = 0.55 * depth * depth;
        return clear + fog * (1 - clear) * (fog < 0.5 ? 0.6 * depth : 0.22 + 0.74 * Math.min(1, depth * 1.35));
    }
}

package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.sprites.SpriteStore;

/** Draws objects over the layers below: shadow, lighting, snow, and grass over their feet. */
final class ObjectLayer {

    private final RenderTarget target;
    private final SpriteStore sprites;
    private final SceneSpec spec;
    private final Scene scene;
    private final Lighting lighting;
    private final int n;

    ObjectLayer(RenderTarget target, SpriteStore sprites, SceneSpec spec, Scene scene, Lighting lighting) {
        this.target = target;
        this.sprites = sprites;
        this.spec = spec;
        this.scene = scene;
        this.lighting = lighting;
        n = target.size;
    }

    void draw(ObjectSpec object) {
        PlacedSprite sprite = PlacedSprite.of(sprites.get(object.concept(), object.iconSet()), object, n);
        boolean floating = object.y() != null;
        if (!object.onGrid()) place(sprite, object);
        int baseline = sprite.top + sprite.height;
        if (!floating) ObjectShadow.draw(target, sprite, baseline, lighting);
        if (lighting.precipitation().snowing()) addSnow(sprite);
        applyLighting(sprite, object);
        composite(sprite, object.id());
        if (!floating && scene.ground() == Scene.GroundType.GRASS) drawGrass(object, sprite, baseline);
    }

    /** Sets the position of the sprite, at least partly inside the image. */
    private void place(PlacedSprite sprite, ObjectSpec object) {
        int margin = Math.max(1, n / 64), left = (int) Math.round(object.x() * n - sprite.width / 2.0);
        sprite.left = Math.max(Math.min(margin, n - sprite.width), Math.min(n - sprite.width - margin, left));
        int top = object.y() != null
                ? (int) Math.round(object.y() * n - sprite.height / 2.0)
                : (int) Math.round(scene.baselineAt(object.depth()) * n) - sprite.height;
        sprite.top = Math.max(Math.min(margin, n - sprite.height), top);
    }

    /** Blends the sprite into the image, and reduces the visibility of the objects behind it. */
    private void composite(PlacedSprite sprite, int id) {
        float[] coverage = new float[n * n];
        for (int y = 0; y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++) {
                int from = y * sprite.width + x, px = sprite.left + x, py = sprite.top + y;
                float a = sprite.alpha[from];
                if (a == 0 || px < 0 || py < 0 || px >= n || py >= n) continue;
                int to = py * n + px;
                target.red[to] += (sprite.red[from] - target.red[to]) * a;
                target.green[to] += (sprite.green[from] - target.green[to]) * a;
                target.blue[to] += (sprite.blue[from] - target.blue[to]) * a;
                for (float[] otherVisibility : target.visibility.values()) otherVisibility[to] *= 1 - a;
                coverage[to] = a;
            }
        target.visibility.put(id, coverage);
    }

    /** Light from the side of the sun, darker feet, tint and haze. */
    private void applyLighting(PlacedSprite sprite, ObjectSpec object) {
        double sunSide = Math.max(-1, Math.min(1, (lighting.sun().u() - (sprite.left + sprite.width / 2.0) / n) * 3));
        double far = 1 - object.depth();
        double haze = lighting.hazeAt(lighting.precipitation().fogDensity() > 0.5 ? 0.05 + 0.35 * far : 0.1 + 0.3 * far)
                * (scene.environment() == Scene.Environment.WATER ? 2.2 : 1);
        int hazeColour = lighting.sky().haze();
        float hr = hazeColour >> 16, hg = hazeColour >> 8 & 255, hb = hazeColour & 255;
        for (int y = 0; y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++) {
                int i = y * sprite.width + x;
                if (sprite.alpha[i] == 0) continue;
                double v = (y + 0.5) / sprite.height, k = 1 + 0.09 * sunSide * (2 * (x + 0.5) / sprite.width - 1);
                if (object.y() == null && v > 0.75) k *= 1 - 0.16 * (v - 0.75) / 0.25;
                double r = sprite.red[i] * k * lighting.tint().red(),
                        g = sprite.green[i] * k * lighting.tint().green(),
                        b = sprite.blue[i] * k * lighting.tint().blue();
                sprite.red[i] = (float) (r + (hr - r) * haze);
                sprite.green[i] = (float) (g + (hg - g) * haze);
                sprite.blue[i] = (float) (b + (hb - b) * haze);
            }
    }

    /** Snow on the upper edges. */
    private static void addSnow(PlacedSprite sprite) {
        int thickness = Math.max(2, (int) (0.055 * sprite.height));
        for (int x = 0; x < sprite.width; x++) {
            int surfaceRow = -1;
            double depth = thickness * (0.7 + 0.6 * ValueNoise.at(x * 12.0 / sprite.width, 3, 77));
            for (int y = 0; y < sprite.height; y++) {
                int i = y * sprite.width + x;
                if (sprite.alpha[i] < 0.5f) surfaceRow = -1;
                else if (surfaceRow < 0) surfaceRow = y;
                if (surfaceRow < 0 || surfaceRow > sprite.height * 0.8) continue;
                double t = Math.max(0, Math.min(1, depth - (y - surfaceRow)));
                if (t == 0) continue;
                sprite.red[i] += (float) ((246 - sprite.red[i]) * t * 0.92);
                sprite.green[i] += (float) ((248 - sprite.green[i]) * t * 0.92);
                sprite.blue[i] += (float) ((252 - sprite.blue[i]) * t * 0.92);
            }
        }
    }

    /** Blades of grass over the feet, in the colour of the ground in front of them. */
    private void drawGrass(ObjectSpec object, PlacedSprite sprite, int baseline) {
        RandomStream random = RandomStream.named(spec.seed() * 1000003 + object.id(), "tufts");
        int groundRow = Math.min(n - 1, baseline + Math.max(2, n / 40));
        int count = Math.max(4, sprite.width * 40 / n);
        for (int k = 0; k < count; k++) {
            double x = sprite.left + sprite.width * random.uniform(0.06, 0.94),
                    height = n * random.uniform(0.010, 0.030),
                    lean = random.uniform(-0.5, 0.5) * height,
                    tone = random.uniform(0.8, 1.05);
            int ground = groundRow * n + Math.max(0, Math.min(n - 1, (int) x));
            drawBlade(x, baseline, height, lean, Painter.shade(target.rgbAt(ground), tone));
        }
    }

    private void drawBlade(double x, int baseline, double height, double lean, int rgb) {
        double width = n * 0.006 + 0.3;
        int root = Math.min(n - 1, baseline + (int) (n * 0.008));
        for (int y = Math.max(0, (int) (root - height)); y <= root; y++) {
            double t = (root - y) / height, cx = x + lean * t * t, half = width * (1 - t) * 0.7;
            for (int px = Math.max(0, (int) (cx - half)); px <= Math.min(n - 1, cx + half); px++) {
                int i = y * n + px;
                double a = Math.max(0, Math.min(1, half + 0.5 - Math.abs(px + 0.5 - cx)));
                target.blend(i, rgb, a * 0.85);
                for (float[] visibility : target.visibility.values()) visibility[i] *= (float) (1 - a * 0.85);
            }
        }
    }
}

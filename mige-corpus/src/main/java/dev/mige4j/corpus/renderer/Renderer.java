package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;

/**
 * Renders a {@link SceneSpec}: sky, background, objects from far to near with their shadows, weather, style filter.
 *
 * <p>Each layer draws from a random stream of its own, so specifications that differ in one field give images that
 * differ only where that field matters. Thread-safe.
 */
public final class Renderer {

    /**
     * A rendered scene.
     *
     * @param size side in pixels
     * @param rgb colours [size*size*3]
     * @param visibility visible coverage [size*size] in 0..1 of each object by its id
     */
    @SuppressWarnings("ArrayRecordComponent") // rendered scenes are not compared
    public record RenderedScene(int size, byte[] rgb, Map<Integer, float[]> visibility) {}

    private final SpriteStore sprites;
    private final BackgroundCache backgrounds;
    private final BackdropCache backdrops;

    /** Renders images of the size of the backgrounds. */
    public Renderer(SpriteStore sprites, BackgroundCache backgrounds) {
        this.sprites = sprites;
        this.backgrounds = backgrounds;
        backdrops = new BackdropCache(backgrounds.size());
    }

    /** Renders a scene. */
    public RenderedScene render(SceneSpec spec) {
        Scene scene = Scene.byName(spec.scene());
        Lighting lighting =
                Lighting.of(scene, spec.timeOfDay(), spec.weather(), RandomStream.named(spec.seed(), "light"));
        RenderTarget target = backdrops.get(scene, spec, () -> drawBackdrop(scene, spec, lighting));
        ObjectLayer objects = new ObjectLayer(target, sprites, spec, scene, lighting);
        spec.objects().stream()
                .sorted(Comparator.comparingDouble(ObjectSpec::depth))
                .forEach(objects::draw);
        new WeatherLayer(spec, scene, lighting).draw(target);
        if (spec.filter() != null)
            StyleFilter.byName(spec.filter()).apply(target.size, target.red, target.green, target.blue);
        return new RenderedScene(target.size, target.toRgb(), target.visibility);
    }

    private RenderTarget drawBackdrop(Scene scene, SceneSpec spec, Lighting lighting) {
        RenderTarget target = new RenderTarget(backgrounds.size());
        Background background = backgrounds.get(scene, spec.seed());
        if (RandomStream.named(spec.seed(), "flip").bernoulli(0.5)) background = background.mirrored();
        new SkyLayer(spec, scene, lighting).draw(target, background);
        BackgroundLayer.draw(target, background, lighting);
        return target;
    }

    /**
     * Renders an object alone on a uniform background: in the middle, or in its box on the grid.
     *
     * @param size side in pixels
     * @param background grey level, 0 black .. 255 white
     * @return colours [size*size*3]
     */
    public byte[] renderCutout(ObjectSpec object, int size, int background) {
        PlacedSprite sprite = PlacedSprite.of(sprites.get(object.concept(), object.iconSet()), object, size);
        byte[] rgb = new byte[3 * size * size];
        Arrays.fill(rgb, (byte) background);
        int left = object.onGrid() ? sprite.left : (size - sprite.width) / 2,
                top = object.onGrid() ? sprite.top : (size - sprite.height) / 2;
        for (int y = 0; y < sprite.height; y++)
            for (int x = 0; x < sprite.width; x++) {
                int from = y * sprite.width + x, px = left + x, py = top + y;
                float a = sprite.alpha[from];
                if (a == 0 || px < 0 || py < 0 || px >= size || py >= size) continue;
                int to = 3 * (py * size + px);
                rgb[to] = (byte) (int) (background + (sprite.red[from] - background) * a + 0.5f);
                rgb[to + 1] = (byte) (int) (background + (sprite.green[from] - background) * a + 0.5f);
                rgb[to + 2] = (byte) (int) (background + (sprite.blue[from] - background) * a + 0.5f);
            }
        return rgb;
    }
}

package dev.mige4j.corpus.renderer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.RandomStream;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.sprites.SpriteStore;
import java.util.List;
import org.junit.jupiter.api.Test;

class RendererTest {

    private static final SpriteStore SPRITES = ShapeCorpus.sprites();

    private final Renderer renderer = new Renderer(SPRITES, BackgroundCache.inMemory(64, SPRITES));
    private final ObjectSpec dog =
            ObjectSpec.builder(0, "dog", "noto").position(0.5, 0.2).size(0.4).build();

    @Test
    void everySceneHasABackground() {
        for (Scene scene : Scene.ALL) assertNotNull(BackgroundGenerators.of(scene), scene.name());
    }

    @Test
    void timeAndWeatherDoNotMoveObjects() {
        for (Scene scene : Scene.ALL) {
            SceneSpec day = new SceneSpec(scene.name(), 11, "day", "clear", null, List.of(dog));
            float[] visibility = visibilityOfDog(day);
            for (String time : scene.timesOfDay()) {
                assertArrayEquals(visibility, visibilityOfDog(day.withTimeOfDay(time)), scene.name() + " at " + time);
                assertEquals(sunU(scene, "day"), sunU(scene, time));
            }
            for (String weather : scene.weathers())
                assertArrayEquals(
                        visibility, visibilityOfDog(day.withWeather(weather)), scene.name() + " in " + weather);
        }
    }

    @Test
    void nearObjectsOccludeFarObjects() {
        ObjectSpec cat = ObjectSpec.builder(1, "cat", "noto")
                .position(0.5, 0.9)
                .size(0.4)
                .build();
        SceneSpec alone = new SceneSpec("stage", 1, "day", "clear", null, List.of(dog));
        double visibleAlone = sum(visibilityOfDog(alone));
        double visibleBehindCat = sum(visibilityOfDog(alone.withObjects(List.of(cat, dog))));
        assertTrue(visibleBehindCat < 0.8 * visibleAlone, visibleBehindCat + " of " + visibleAlone);
    }

    private float[] visibilityOfDog(SceneSpec spec) {
        return renderer.render(spec).visibility().get(0);
    }

    private static double sunU(Scene scene, String time) {
        return Lighting.of(scene, time, "clear", RandomStream.named(11, "light"))
                .sun()
                .u();
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float v : values) sum += v;
        return sum;
    }
}

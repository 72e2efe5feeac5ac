package dev.mige4j.corpus.specification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SceneTest {

    @Test
    void thereAreAtLeastTwentyScenes() {
        assertTrue(Scene.ALL.size() >= 20);
    }

    @Test
    void everySceneHasADefaultAndAHeldOutPhrase() {
        for (Scene scene : Scene.ALL)
            assertTrue(scene.phrases().size() >= 2 && !scene.phrases().contains(""), scene.name());
    }

    @Test
    void onlyOutdoorScenesHaveWeather() {
        assertEquals(
                List.of("clear", "rain", "snow", "fog"), Scene.byName("beach").weathers());
        assertEquals(List.of("clear"), Scene.byName("kitchen").weathers());
        assertEquals(5, Scene.byName("beach").timesOfDay().size());
        assertEquals(List.of("day", "night"), Scene.byName("kitchen").timesOfDay());
    }

    @Test
    void anUnknownNameIsRejectedWithTheListOfScenes() {
        String message =
                assertThrows(UsageException.class, () -> Scene.byName("attic")).getMessage();
        assertTrue(message.startsWith("There is no scene 'attic'; the scenes are [beach, "), message);
    }
}

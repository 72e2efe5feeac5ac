package dev.mige4j.corpus.renderer;

import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The sky and the lit background of the scenes that were rendered last, before objects, weather and style; they are the
 * same for source and target of most edits. Holds at most a sixteenth of the heap. Thread-safe.
 */
final class BackdropCache {

    /** All that a backdrop depends on. */
    private record Key(Scene scene, long seed, String timeOfDay, String weather) {}

    private final Map<Key, RenderTarget> backdrops;

    /** For images of {@code size} x {@code size} pixels. */
    BackdropCache(int size) {
        long bytes = 3L * Float.BYTES * size * size,
                capacity = Runtime.getRuntime().maxMemory() / 16 / bytes;
        backdrops = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, RenderTarget> eldest) {
                return size() > capacity;
            }
        });
    }

    /** A copy of the backdrop of a scene, which {@code draw} draws when the cache lacks it. */
    RenderTarget get(Scene scene, SceneSpec spec, Supplier<RenderTarget> draw) {
        Key key = new Key(scene, spec.seed(), spec.timeOfDay(), spec.weather());
        RenderTarget backdrop = backdrops.get(key);
        if (backdrop == null) {
            backdrop = draw.get();
            backdrops.put(key, backdrop);
        }
        return new RenderTarget(backdrop);
    }
}

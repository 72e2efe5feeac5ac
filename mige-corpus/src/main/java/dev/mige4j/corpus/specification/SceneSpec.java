package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that determines the pixels of a rendered scene; equal specifications give equal images.
 *
 * @param scene name of the {@link Scene}
 * @param seed selects the layout of the background and all random details
 * @param timeOfDay one of the scene's times of day
 * @param weather one of the scene's weathers
 * @param filter name of a style filter; null: none
 * @param objects the objects with distinct ids
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SceneSpec(
        String scene, long seed, String timeOfDay, String weather, String filter, List<ObjectSpec> objects) {

    public SceneSpec {
        objects = List.copyOf(objects);
    }

    public SceneSpec withScene(String scene, long seed) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    public SceneSpec withTimeOfDay(String timeOfDay) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    public SceneSpec withWeather(String weather) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    public SceneSpec withFilter(String filter) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    /** This scene with other objects. */
    public SceneSpec withObjects(List<ObjectSpec> objects) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    /** This scene with one more object. */
    public SceneSpec withObject(ObjectSpec added) {
        List<ObjectSpec> extended = new ArrayList<>(objects);
        extended.add(added);
        return withObjects(extended);
    }

    /** This scene without the object of this id. */
    public SceneSpec withoutObject(int id) {
        return withObjects(objects.stream().filter(o -> o.id() != id).toList());
    }

    /** This scene with the object of the same id replaced. */
    public SceneSpec withReplacedObject(ObjectSpec replacement) {
        return withObjects(objects.stream()
                .map(o -> o.id() == replacement.id() ? replacement : o)
                .toList());
    }
}

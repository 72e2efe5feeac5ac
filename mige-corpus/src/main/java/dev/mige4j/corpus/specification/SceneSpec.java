package dev.mige4j.corpus.specification;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;

/** Everything that decides the pixels of a picture of the corpus; equal specifications give equal pictures. */
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

    public SceneSpec withObjects(List<ObjectSpec> objects) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    public SceneSpec withObject(ObjectSpec added) {
        List<ObjectSpec> extended = new ArrayList<>(objects);
        extended.add(added);
        return withObjects(extended);
    }

    public SceneSpec withoutObject(int id) {
        return withObjects(objects.stream().filter(o -> o.id() != id).toList());
    }

    public SceneSpec withReplacedObject(ObjectSpec replacement) {
        return withObjects(objects.stream()
                .map(o -> o.id() == replacement.id() ? replacement : o)
                .toList());
    }
}

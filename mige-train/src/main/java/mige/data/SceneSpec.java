package mige.data;

import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;

/** Everything that decides the pixels of a picture of the corpus; equal specifications give equal pictures. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SceneSpec(String scene, long seed, String timeOfDay, String weather, String filter, List<ObjectSpec> objects) {

    public SceneSpec {
        objects = List.copyOf(objects);
    }

    SceneSpec in(String scene, long seed) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    SceneSpec at(String timeOfDay) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    SceneSpec under(String weather) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    SceneSpec through(String filter) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    SceneSpec holding(List<ObjectSpec> objects) {
        return new SceneSpec(scene, seed, timeOfDay, weather, filter, objects);
    }

    SceneSpec with(ObjectSpec more) {
        List<ObjectSpec> all = new ArrayList<>(objects);
        all.add(more);
        return holding(all);
    }

    public SceneSpec without(int id) {
        return holding(objects.stream().filter(o -> o.id() != id).toList());
    }

    public SceneSpec replacing(ObjectSpec changed) {
        return holding(objects.stream().map(o -> o.id() == changed.id() ? changed : o).toList());
    }
}

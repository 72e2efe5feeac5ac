package dev.mige4j.photos;

import java.util.List;

/**
 * A photograph from which an object is removed.
 *
 * @param id the photograph's path below the folder of photographs, with {@code /} between folders
 */
public record AddItem(String id) implements PhotoItem {

    @Override
    public List<String> files() {
        return List.of(id);
    }
}

package dev.mige4j.photos;

import java.util.List;
import java.util.Optional;

/**
 * Two photographs that differ in one object.
 *
 * @param source the path of the photograph with the object that is replaced, below the folder of photographs
 * @param target the path of the photograph with the new object
 * @param replaced what is replaced, such as "rose"; empty if the pair does not say so, whereupon it is dropped
 * @param object what the new object is; empty if nobody has said
 */
public record ReplacePair(String source, String target, Optional<String> replaced, Optional<String> object)
        implements PhotoItem {

    @Override
    public String id() {
        return source + " -> " + target + replaced.map(word -> ": " + word).orElse("");
    }

    @Override
    public List<String> files() {
        return List.of(source, target);
    }

    @Override
    public String words() {
        return replaced + "\n" + object;
    }
}

package dev.mige4j.weights;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names of the tensors in some files, found by the keys of a model ({@link KeyMapping}). */
final class StoredNames {

    private final Set<String> names = new HashSet<>();
    private final Map<String, String> byUnwrappedName = new HashMap<>();

    void addAll(Collection<String> stored) {
        for (String name : stored) {
            names.add(name);
            byUnwrappedName.merge(
                    KeyMapping.unwrap(name),
                    name,
                    (a, b) -> KeyMapping.isAveraged(a) && !KeyMapping.isAveraged(b) ? b : a);
        }
    }

    /** The stored name for {@code key}, or null: the key itself, else an alias, else either inside a wrapper. */
    String find(String key) {
        if (names.contains(key)) return key;
        List<String> candidates = new ArrayList<>();
        candidates.add(key);
        candidates.addAll(KeyMapping.aliasesFor(key));
        for (String candidate : candidates) if (names.contains(candidate)) return candidate;
        for (String candidate : candidates) {
            String wrapped = byUnwrappedName.get(candidate);
            if (wrapped != null) return wrapped;
        }
        return null;
    }
}

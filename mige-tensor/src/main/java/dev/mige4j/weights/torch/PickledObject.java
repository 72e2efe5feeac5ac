package dev.mige4j.weights.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An object of a class that weights do not need, such as {@code argparse.Namespace}: a record of the name and of
 * everything that the pickle passes to it. The class is never looked up and nothing is called.
 */
final class PickledObject {

    private final String type;
    private final List<Object> parts = new ArrayList<>(2);
    private Map<Object, Object> entries;

    /**
     * @param type qualified name of the class or function that Python would call
     * @param arguments of the call
     */
    PickledObject(String type, Object arguments) {
        this.type = type;
        parts.add(arguments);
    }

    /** Qualified name of the class or function. */
    String type() {
        return type;
    }

    /** Arguments, attributes, and items that were appended. */
    List<Object> parts() {
        return parts;
    }

    /** Entries of a subclass of {@code dict}; created when the first one is set. */
    Map<Object, Object> entries() {
        if (entries == null) entries = new LinkedHashMap<>();
        return entries;
    }

    boolean hasEntries() {
        return entries != null;
    }
}

package dev.mige4j.train.config;

import java.util.Map;

/**
 * Names the components that a configuration selects with {@code "type"}: losses, datasets, initialisations, auxiliary
 * losses.
 *
 * <p>To add components of your own, implement this interface and name the implementation in the resource
 * {@code META-INF/services/dev.mige4j.train.config.ComponentProvider} ({@link java.util.ServiceLoader}).
 */
public interface ComponentProvider {

    /** Configuration records by the name that {@code "type"} gives; each implements the interface of its extension. */
    Map<String, Class<? extends Record>> components();
}

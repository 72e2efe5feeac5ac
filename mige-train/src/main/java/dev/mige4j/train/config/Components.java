package dev.mige4j.train.config;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The components of all {@link ComponentProvider}s on the class path. */
final class Components {

    private static final Map<String, Class<? extends Record>> BY_NAME = load();

    /** Binds configurations, with the component types registered. */
    static final ObjectMapper MAPPER = mapper();
    /** Reads configurations, which may contain comments. */
    static final ObjectReader READER = MAPPER.reader().with(JsonReadFeature.ALLOW_JAVA_COMMENTS);

    private Components() {}

    private static Map<String, Class<? extends Record>> load() {
        Map<String, Class<? extends Record>> byName = new LinkedHashMap<>();
        for (ComponentProvider provider : ServiceLoader.load(ComponentProvider.class)) {
            provider.components().forEach((name, type) -> {
                if (byName.put(name, type) != null)
                    throw new UsageException("Two training components have the type '%s'.", name);
            });
        }
        return byName;
    }

    private static ObjectMapper mapper() {
        ObjectMapper mapper = Json.MAPPER.copy();
        BY_NAME.forEach((name, type) -> mapper.registerSubtypes(new NamedType(type, name)));
        return mapper;
    }

    /** The names of the components that implement an interface. */
    static List<String> names(Class<?> extension) {
        return BY_NAME.entrySet().stream()
                .filter(e -> extension.isAssignableFrom(e.getValue()))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** The configuration record of a component; {@code path} is the key where it is selected. */
    static Class<?> find(Class<?> extension, String name, String path) {
        Class<?> type = BY_NAME.get(name);
        if (type == null || !extension.isAssignableFrom(type))
            throw new UsageException(
                    "%s.type is '%s'; the types are %s.", path, name, String.join(", ", names(extension)));
        return type;
    }
}

package dev.mige4j.train.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Prints a configuration as JSON with a comment before each documented key; the result can be read again. */
final class ConfigPrinter {

    private static final int MAX_LINE = 100;

    private final StringBuilder out = new StringBuilder();

    private ConfigPrinter() {}

    static String print(Class<?> type, ObjectNode config) {
        ConfigPrinter printer = new ConfigPrinter();
        printer.printObject(Optional.of(type), config, "", 0);
        return printer.out.append('\n').toString();
    }

    private void printObject(Optional<Class<?>> type, ObjectNode node, String path, int depth) {
        if (type.isEmpty() && !containsObject(node)) {
            out.append(node);
            return;
        }
        String indent = "  ".repeat(depth + 1);
        out.append("{\n");
        for (Iterator<Map.Entry<String, JsonNode>> entries = node.properties().iterator(); entries.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = entries.next();
            Optional<RecordComponent> component = type.flatMap(t -> Arrays.stream(t.getRecordComponents())
                    .filter(c -> c.getName().equals(entry.getKey()))
                    .findFirst());
            component.ifPresent(c -> printComment(c, indent));
            out.append(indent).append('"').append(entry.getKey()).append("\": ");
            Class<?> valueType = component.isPresent() ? ConfigSchema.elementType(component.get()) : Object.class;
            printValue(valueType, entry.getValue(), path + entry.getKey(), depth + 1);
            out.append(entries.hasNext() ? ",\n" : "\n");
        }
        out.append("  ".repeat(depth)).append('}');
    }

    private void printValue(Class<?> type, JsonNode value, String path, int depth) {
        if (value instanceof ObjectNode object) {
            printObject(ConfigSchema.recordType(type, value, path), object, path + ".", depth);
        } else if (value.isArray() && containsObject(value)) {
            out.append("[\n");
            for (int i = 0; i < value.size(); i++) {
                out.append("  ".repeat(depth + 1));
                printValue(type, value.get(i), path + "[" + i + "]", depth + 1);
                out.append(i < value.size() - 1 ? ",\n" : "\n");
            }
            out.append("  ".repeat(depth)).append(']');
        } else {
            out.append(value);
        }
    }

    private static boolean containsObject(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false).anyMatch(JsonNode::isObject);
    }

    private void printComment(RecordComponent component, String indent) {
        ConfigKey key = component.getAnnotation(ConfigKey.class);
        if (key == null) return;
        Class<?> type = ConfigSchema.elementType(component);
        String text = ConfigSchema.isExtension(type)
                ? key.value() + "; types: " + String.join(", ", Components.names(type))
                : key.value();
        for (String line : wrap(text, MAX_LINE - indent.length() - 3))
            out.append(indent).append("// ").append(line).append('\n');
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() > 0 && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}

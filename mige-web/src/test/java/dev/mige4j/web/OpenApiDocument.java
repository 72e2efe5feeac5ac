package dev.mige4j.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The server's {@code openapi.json}: {@link TestClient} compares each response with it. */
final class OpenApiDocument {

    static final OpenApiDocument SERVED = new OpenApiDocument();

    /** Any absolute URI that references within the document can be resolved against. */
    private static final String LOCATION = "https://mige4j.invalid/openapi.json";

    private static final Set<String> METHODS = Set.of("get", "post", "delete");

    /** The operations and statuses of the responses that were compared, such as {@code GET /v1/models 200}. */
    final Set<String> answers = new ConcurrentSkipListSet<>();

    private final JsonNode root;
    private final SchemaRegistry schemas;

    private OpenApiDocument() {
        try (InputStream in = Server.class.getResourceAsStream("page/openapi.json")) {
            root = TestClient.JSON.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        JsonNode strict = root.deepCopy();
        closeObjects(strict.path("components").path("schemas"), parentSchemas(strict));
        schemas = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, registry -> registry.schemas(Map.of(LOCATION, strict.toString())));
    }

    /** Operations such as {@code GET /v1/jobs/{id}}. */
    Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        for (var path : root.path("paths").properties())
            for (var operation : path.getValue().properties())
                if (METHODS.contains(operation.getKey()))
                    operations.put(
                            operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), operation.getValue());
        return operations;
    }

    /** The operation of a request, if the document has its path. */
    Optional<String> operation(String method, URI uri) {
        return operations().keySet().stream()
                .filter(name -> (method + " " + uri.getPath()).matches(name.replaceAll("\\{\\w+}", "[^/]+")))
                .findFirst();
    }

    /** Names of the fields that a request body of an operation may have, without those that vary. */
    Set<String> fields(String operation, String mediaType) {
        return parts(operation, mediaType)
                .flatMap(schema -> names(schema.path("properties")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a request body of an operation may have a field. */
    boolean hasField(String operation, String mediaType, String name) {
        return fields(operation, mediaType).contains(name)
                || parts(operation, mediaType)
                        .flatMap(schema -> names(schema.path("patternProperties")))
                        .anyMatch(pattern ->
                                Pattern.compile(pattern).matcher(name).find());
    }

    /** The default of each field that has one. */
    Map<String, Object> defaults(String operation) {
        Map<String, Object> defaults = new TreeMap<>();
        parts(operation, "application/json")
                .flatMap(schema -> schema.path("properties").properties().stream())
                .filter(property -> property.getValue().has("default"))
                .forEach(property ->
                        defaults.put(property.getKey(), property.getValue().path("default")));
        return defaults;
    }

    /** The schema of a request body and those that it consists of. */
    private Stream<JsonNode> parts(String operation, String mediaType) {
        return parts(operations()
                .get(operation)
                .path("requestBody")
                .path("content")
                .path(mediaType)
                .path("schema"));
    }

    private Stream<JsonNode> parts(JsonNode schema) {
        JsonNode resolved = resolve(schema);
        return Stream.concat(Stream.of(resolved), stream(resolved.path("allOf")).flatMap(this::parts));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static Stream<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey);
    }

    /** Differences between a response and its description; none if the document does not have the path. */
    List<String> differences(String method, URI uri, HttpResponse<byte[]> response) {
        String name = operation(method, uri).orElse(null);
        if (name == null || response.statusCode() == 405) return List.of();
        answers.add(name + " " + response.statusCode());
        JsonNode description =
                resolve(operations().get(name).path("responses").path(String.valueOf(response.statusCode())));
        if (description.isMissingNode())
            return List.of("openapi.json has no status " + response.statusCode() + " for " + name);
        List<String> differences = new ArrayList<>();
        for (var header : description.path("headers").properties())
            checkHeader(header.getKey(), resolve(header.getValue()), response, differences);
        JsonNode content = description.path("content");
        String mediaType =
                response.headers().firstValue("Content-Type").orElse("").split(";", 2)[0];
        if (content.isEmpty() && response.body().length == 0) return differences;
        if (!content.has(mediaType))
            differences.add("openapi.json has no content of type '" + mediaType + "' for status "
                    + response.statusCode() + " of " + name);
        else if (mediaType.equals("application/json"))
            differences.addAll(validate(content.path(mediaType).path("schema"), response.body()));
        else if (mediaType.equals("text/event-stream"))
            differences.addAll(validateEvents(content.path(mediaType).at("/schema/contentSchema"), response.body()));
        return differences;
    }

    private void checkHeader(String name, JsonNode header, HttpResponse<byte[]> response, List<String> differences) {
        Optional<String> value = response.headers().firstValue(name);
        if (value.isEmpty() && header.path("required").asBoolean())
            differences.add("the response has no header " + name);
        if (value.isPresent()
                && header.path("schema").path("type").asText().equals("integer")
                && !value.get().matches("\\d+")) differences.add(name + " is '" + value.get() + "'");
    }

    /** What is wrong with a JSON text. Properties that the document does not have are, too. */
    List<String> validate(JsonNode schema, byte[] json) {
        Schema compiled = compile(schema);
        try {
            return compiled.validate(TestClient.JSON.readTree(json)).stream()
                    .map(Error::toString)
                    .toList();
        } catch (IOException e) {
            return List.of("not JSON: " + new String(json, StandardCharsets.UTF_8));
        }
    }

    private List<String> validateEvents(JsonNode schema, byte[] stream) {
        return new String(stream, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith("data: "))
                .flatMap(line -> validate(schema, line.substring(6).getBytes(StandardCharsets.UTF_8)).stream())
                .toList();
    }

    private Schema compile(JsonNode schema) {
        try {
            return schemas.getSchema(
                    TestClient.JSON.readTree(schema.toString().replace("\"#/", "\"" + LOCATION + "#/")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? root.at(node.path("$ref").asText().substring(1)) : node;
    }

    /** The schemas that others extend with {@code allOf}, which therefore must permit further properties. */
    private static Set<String> parentSchemas(JsonNode document) {
        Set<String> parents = new HashSet<>();
        for (JsonNode parts : document.findValues("allOf"))
            for (JsonNode part : parts)
                if (part.has("$ref")) parents.add(part.path("$ref").asText().replaceFirst(".*/", ""));
        return parents;
    }

    private static void closeObjects(JsonNode definitions, Set<String> parents) {
        for (var definition : definitions.properties())
            if (!parents.contains(definition.getKey())) closeObject(definition.getValue());
    }

    private static void closeObject(JsonNode schema) {
        if (schema.has("properties")) {
            ((ObjectNode) schema).put("additionalProperties", false);
            schema.path("properties").forEach(OpenApiDocument::closeObject);
        }
        if (schema.has("items")) closeObject(schema.path("items"));
    }
}

package dev.mige4j.parity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A golden file: inputs, weights and outputs of the reference implementation, as safetensors with metadata or as JSON.
 *
 * <p>Tensors are named {@code weights.<checkpoint key>}, {@code input.*}, {@code intermediate.*} and {@code output.*}.
 * Metadata values are strings, most of them JSON; {@code case} is the kind and {@code config} the sizes. Weights and
 * inputs that are too large to store are described by a formula ({@link ProceduralTensors}). Source:
 * docs/specification/encoder.md and docs/specification/diffusion.md, sections 12.
 */
public final class Golden {

    private static final Pattern SAFETENSORS_NAME = Pattern.compile("[\\w.-]+\\.safetensors");

    private final Path folder, path;
    private final Map<String, String> metadata;
    private final Set<String> names;
    private final JsonNode json; // missing for safetensors

    private Golden(Path folder, Path path, Map<String, String> metadata, Set<String> names, JsonNode json) {
        this.folder = folder;
        this.path = path;
        this.metadata = metadata;
        this.names = names;
        this.json = json;
    }

    static boolean isGoldenFile(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".safetensors") || name.endsWith(".json");
    }

    /**
     * Reads the header of a golden file.
     *
     * @param folder the root folder of the set that the file belongs to
     * @throws WeightsException when the file is damaged
     */
    public static Golden open(Path folder, Path file) {
        if (file.getFileName().toString().endsWith(".json")) {
            try {
                JsonNode parsed = Json.MAPPER.readTree(file.toFile());
                if (parsed == null || parsed.isMissingNode())
                    throw new WeightsException(file.getFileName() + ": the file is empty, expected JSON.");
                return new Golden(folder, file, Map.of(), Set.of(), parsed);
            } catch (JsonProcessingException e) {
                throw new WeightsException(file.getFileName() + ": not valid JSON (" + e.getOriginalMessage() + ").");
            } catch (IOException e) {
                throw new WeightsException(file.getFileName() + ": could not be read (" + e.getMessage() + ").");
            }
        }
        try (TensorFile tensors = SafeTensors.open(file)) {
            return new Golden(
                    folder, file, tensors.metadata(), tensors.tensorInfos().keySet(), MissingNode.getInstance());
        }
    }

    /** The path relative to the folder, as used in reports. */
    public String name() {
        return folder.relativize(path).toString();
    }

    /** The path of the file. */
    public Path path() {
        return path;
    }

    /** The root folder of the set. */
    public Path folder() {
        return folder;
    }

    /** The kind: the metadata {@code case}, else the file name without its extension. */
    public String kind() {
        String declared = json.isObject() && json.path("case").isTextual()
                ? json.get("case").asText()
                : metadata.get("case");
        return declared != null ? declared : stem();
    }

    /** The file name without its extension. */
    String stem() {
        String name = path.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Whether {@link #kind} is {@code name}, or starts with {@code name} and {@code _} or {@code -}. */
    public boolean hasKind(String name) {
        String kind = kind();
        return kind.equals(name) || kind.startsWith(name + "_") || kind.startsWith(name + "-");
    }

    /** The content of a JSON file; a missing node for safetensors. */
    public JsonNode json() {
        return json;
    }

    /**
     * A value of a JSON file, such as that at {@code clip_i/mean}.
     *
     * @throws WeightsException when it is absent
     */
    JsonNode require(String field) {
        JsonNode value = json.at("/" + field);
        if (value.isMissingNode())
            throw new WeightsException("%s: '%s' is missing.", path.getFileName(), field.replace('/', '.'));
        return value;
    }

    /**
     * The safetensors file with the name of this JSON file.
     *
     * @throws WeightsException when it does not exist or is damaged
     */
    Golden tensorFile() {
        return open(folder, sibling(stem() + ".safetensors"));
    }

    /** A metadata value, parsed as JSON, or as a text node when it is not JSON; a missing node when it is absent. */
    public JsonNode metadata(String key) {
        String text = metadata.get(key);
        if (text == null) return MissingNode.getInstance();
        try {
            return Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return new TextNode(text);
        }
    }

    /** The metadata {@code config}; a missing node when it is absent. */
    public JsonNode config() {
        JsonNode config = metadata("config");
        return config.isObject() ? config : MissingNode.getInstance();
    }

    /**
     * An integer of {@link #config}.
     *
     * @throws WeightsException when it is absent
     */
    public int configInt(String key) {
        JsonNode value = config().path(key);
        if (!value.isNumber()) throw new WeightsException(path.getFileName() + ": config has no number '" + key + "'.");
        return value.asInt();
    }

    /** An integer of {@link #config}, or {@code defaultValue} when it is absent. */
    public int configInt(String key, int defaultValue) {
        return config().path(key).asInt(defaultValue);
    }

    /** The names of all tensors, in file order. */
    public Set<String> names() {
        return names;
    }

    /** The rest of each tensor name that starts with {@code prefix}, in file order. */
    public List<String> names(String prefix) {
        return names.stream()
                .filter(n -> n.startsWith(prefix))
                .map(n -> n.substring(prefix.length()))
                .toList();
    }

    /** Whether there is a tensor of this name, stored or described by a formula. */
    public boolean has(String name) {
        return names.contains(name) || metadata("inputs_by_formula").has(name);
    }

    /**
     * A tensor, stored or described by a formula.
     *
     * @throws WeightsException when there is none, with the nearest name
     */
    public Tensor get(String name) {
        JsonNode formula = metadata("inputs_by_formula").path(name);
        if (formula.isObject()) return ProceduralTensors.murmur3Tensor(name, formula);
        try (TensorFile tensors = SafeTensors.open(path)) {
            return tensors.tensor(name);
        }
    }

    /** All tensors whose name starts with {@code prefix}, by the rest of the name. */
    public Map<String, Tensor> tensors(String prefix) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (TensorFile tensors = SafeTensors.open(path)) {
            for (String name : names(prefix)) all.put(name, tensors.tensor(prefix + name));
        }
        return all;
    }

    /** Whether the golden has no weights and its metadata names a file that has them. */
    private boolean usesCompanionWeights() {
        boolean hasOwnWeights = !names("weights.").isEmpty()
                || metadata.containsKey("weights_by_formula")
                || metadata.containsKey("formula");
        return !hasOwnWeights
                && SAFETENSORS_NAME
                        .matcher(metadata.getOrDefault("weights", ""))
                        .find();
    }

    /** The weights by checkpoint key: stored, described by a formula, or those of a companion file. */
    public Weights weights() {
        return weights(Map.of());
    }

    /** The weights, supplemented by {@code extraWeights} for keys that the golden does not have. */
    public Weights weights(Map<String, Tensor> extraWeights) {
        if (usesCompanionWeights()) return companion("weights", kind()).weights(extraWeights);
        Map<String, Tensor> stored = tensors("weights.");
        extraWeights.forEach(stored::putIfAbsent);
        return Weights.from(
                ProceduralTensors.weightsSource(stored, metadata("weights_by_formula"), metadata("formula")));
    }

    /** The shapes of the weights by checkpoint key, except of formulas without a shape. */
    public Map<String, long[]> weightShapes() {
        if (usesCompanionWeights()) return companion("weights", kind()).weightShapes();
        Map<String, long[]> shapes = new TreeMap<>();
        try (TensorFile tensors = SafeTensors.open(path)) {
            for (String name : names("weights."))
                shapes.put(name, tensors.tensorInfo("weights." + name).shape());
        }
        metadata("weights_by_formula")
                .fields()
                .forEachRemaining(e -> shapes.put(e.getKey(), ProceduralTensors.shape(e.getValue())));
        return shapes;
    }

    /** The shape of a tensor, stored or described by a formula. */
    public long[] shape(String name) {
        JsonNode formula = metadata("inputs_by_formula").path(name);
        if (formula.isObject()) return ProceduralTensors.shape(formula);
        try (TensorFile tensors = SafeTensors.open(path)) {
            return tensors.tensorInfo(name).shape();
        }
    }

    /**
     * Another golden of the set: the file that the metadata {@code key} names, else the first one of this kind in the
     * same folder.
     *
     * @throws WeightsException when there is none
     */
    public Golden companion(String key, String kind) {
        Matcher nameMatcher = SAFETENSORS_NAME.matcher(metadata.getOrDefault(key, ""));
        if (nameMatcher.find()) {
            Path file = path.resolveSibling(nameMatcher.group());
            if (Files.exists(file)) return open(folder, file);
        }
        try (Stream<Path> siblings = Files.list(path.toAbsolutePath().getParent())) {
            for (Path file : siblings.filter(Files::isRegularFile)
                    .filter(Golden::isGoldenFile)
                    .sorted()
                    .toList()) {
                Golden other = open(folder, path.resolveSibling(file.getFileName()));
                if (other.kind().equals(kind)) return other;
            }
        } catch (IOException e) {
            throw new WeightsException(path.getFileName() + ": its folder could not be read (" + e.getMessage() + ").");
        }
        throw new WeightsException(
                path.getFileName() + ": requires a golden of the kind '" + kind + "' in the same folder.");
    }

    /**
     * A file relative to the folder of this one.
     *
     * @throws WeightsException when it does not exist
     */
    public Path sibling(String file) {
        Path sibling = path.resolveSibling(file);
        if (!Files.exists(sibling))
            throw new WeightsException(path.getFileName() + ": requires the file '" + file + "' in the same folder.");
        return sibling;
    }

    @Override
    public String toString() {
        return name();
    }
}

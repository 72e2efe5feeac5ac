package dev.mige4j.parity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
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
 * What the reference was given and what it answered: a safetensors file with metadata, or a JSON file.
 *
 * <p>Tensors are called {@code weights.<checkpoint key>}, {@code input.*}, {@code intermediate.*}, {@code output.*}.
 * Metadata are texts, most of them JSON; {@code case} names the kind and {@code config} the sizes. Weights and inputs
 * that are too large to store are given by a formula ({@link ProceduralTensors}). Source: docs/specification/encoder.md
 * and docs/specification/diffusion.md, sections 12.
 */
public final class Golden {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern SAFETENSORS_NAME = Pattern.compile("[\\w.-]+\\.safetensors");

    private final Path folder, path;
    private final Map<String, String> metadata;
    private final Set<String> names;
    private final JsonNode json; // of a JSON file; else missing

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
     * Reads a golden's header; {@code folder} is the root of the set it belongs to. Throws {@link WeightsException}
     * when it is damaged.
     */
    public static Golden open(Path folder, Path file) {
        if (file.getFileName().toString().endsWith(".json")) {
            try {
                JsonNode parsed = JSON.readTree(file.toFile());
                if (parsed == null || parsed.isMissingNode())
                    throw new WeightsException(file.getFileName() + ": is empty, expected JSON.");
                return new Golden(folder, file, Map.of(), Set.of(), parsed);
            } catch (JsonProcessingException e) {
                throw new WeightsException(file.getFileName() + ": is no JSON (" + e.getOriginalMessage() + ").");
            } catch (IOException e) {
                throw new WeightsException(file.getFileName() + ": could not be read (" + e.getMessage() + ").");
            }
        }
        try (TensorFile tensors = SafeTensors.open(file)) {
            return new Golden(
                    folder, file, tensors.metadata(), tensors.tensorInfos().keySet(), MissingNode.getInstance());
        }
    }

    /** The path inside of the folder: how reports call it. */
    public String name() {
        return folder.relativize(path).toString();
    }

    public Path path() {
        return path;
    }

    /** The root of the set. */
    public Path folder() {
        return folder;
    }

    /** What the golden is: its {@code case}, else its file name without the ending. */
    public String kind() {
        String declared = json.isObject() && json.path("case").isTextual()
                ? json.get("case").asText()
                : metadata.get("case");
        return declared != null ? declared : stem();
    }

    private String stem() {
        String name = path.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Whether {@link #kind} is {@code name}, or begins with it and {@code _} or {@code -}. */
    public boolean hasKind(String name) {
        String kind = kind();
        return kind.equals(name) || kind.startsWith(name + "_") || kind.startsWith(name + "-");
    }

    /** The content of a JSON golden; a missing node for safetensors. */
    public JsonNode json() {
        return json;
    }

    /** A text of the metadata as JSON; as a plain text where it is none, a missing node where it is absent. */
    public JsonNode metadata(String key) {
        String text = metadata.get(key);
        if (text == null) return MissingNode.getInstance();
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return new TextNode(text);
        }
    }

    /** The sizes, as the metadata say them; a missing node where they do not. */
    public JsonNode config() {
        JsonNode config = metadata("config");
        return config.isObject() ? config : MissingNode.getInstance();
    }

    /** A whole number of {@link #config}. Throws when it is absent. */
    public int configInt(String key) {
        JsonNode value = config().path(key);
        if (!value.isNumber())
            throw new WeightsException(path.getFileName() + ": its config has no number '" + key + "'.");
        return value.asInt();
    }

    /** A whole number of {@link #config}, or another where it is absent. */
    public int configInt(String key, int defaultValue) {
        return config().path(key).asInt(defaultValue);
    }

    /** All names of tensors, in the order of the file. */
    public Set<String> names() {
        return names;
    }

    /** What follows {@code prefix} in the names that begin with it, in the order of the file. */
    public List<String> names(String prefix) {
        return names.stream()
                .filter(n -> n.startsWith(prefix))
                .map(n -> n.substring(prefix.length()))
                .toList();
    }

    public boolean has(String name) {
        return names.contains(name) || metadata("inputs_by_formula").has(name);
    }

    /** A tensor, stored or by formula. Throws {@link WeightsException} with the nearest name where there is none. */
    public Tensor get(String name) {
        JsonNode formula = metadata("inputs_by_formula").path(name);
        if (formula.isObject()) return ProceduralTensors.murmur3Tensor(name, formula);
        try (TensorFile tensors = SafeTensors.open(path)) {
            return tensors.tensor(name);
        }
    }

    /** All tensors whose name begins with {@code prefix}, by what follows it. */
    public Map<String, Tensor> tensors(String prefix) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        try (TensorFile tensors = SafeTensors.open(path)) {
            for (String name : names(prefix)) all.put(name, tensors.tensor(prefix + name));
        }
        return all;
    }

    /** Whether it has no weights and its metadata names a file that has them. */
    private boolean usesCompanionWeights() {
        boolean hasOwnWeights = !names("weights.").isEmpty()
                || metadata.containsKey("weights_by_formula")
                || metadata.containsKey("formula");
        return !hasOwnWeights
                && SAFETENSORS_NAME
                        .matcher(metadata.getOrDefault("weights", ""))
                        .find();
    }

    /**
     * The weights it brings, by checkpoint key: stored, by formula with shapes, by formula without, or those of another
     * file.
     */
    public Weights weights() {
        return weights(Map.of());
    }

    /** The same, with tensors of ours for keys it does not bring. */
    public Weights weights(Map<String, Tensor> extraWeights) {
        if (usesCompanionWeights()) return companion("weights", kind()).weights(extraWeights);
        Map<String, Tensor> stored = tensors("weights.");
        extraWeights.forEach(stored::putIfAbsent);
        return Weights.from(
                ProceduralTensors.weightsSource(stored, metadata("weights_by_formula"), metadata("formula")));
    }

    /** The shapes of the weights it brings, by checkpoint key; only formulas without shapes are left out. */
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

    /** The shape of a weight. Throws where it is not known. */
    public long[] weightShape(String key) {
        long[] shape = weightShapes().get(key);
        if (shape == null) throw new WeightsException(path.getFileName() + ": has no weight '" + key + "'.");
        return shape;
    }

    /** The shape of a tensor, stored or by formula. */
    public long[] shape(String name) {
        JsonNode formula = metadata("inputs_by_formula").path(name);
        if (formula.isObject()) return ProceduralTensors.shape(formula);
        try (TensorFile tensors = SafeTensors.open(path)) {
            return tensors.tensorInfo(name).shape();
        }
    }

    /**
     * Another golden of the set: the file that the text {@code key} of the metadata names, else the first of this kind
     * in the same folder.
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
            throw new WeightsException(
                    path.getFileName() + ": the folder around it could not be read (" + e.getMessage() + ").");
        }
        throw new WeightsException(
                path.getFileName() + ": needs a golden of the kind '" + kind + "' beside it, and there is none.");
    }

    /** A file of the set that lies beside this one, or below. Throws where there is none. */
    public Path sibling(String file) {
        Path sibling = path.resolveSibling(file);
        if (!Files.exists(sibling))
            throw new WeightsException(
                    path.getFileName() + ": needs the file '" + file + "' beside it, and there is none.");
        return sibling;
    }

    @Override
    public String toString() {
        return name();
    }
}

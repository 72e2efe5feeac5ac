package dev.mige4j.weights.lora;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * A LoRA in one .safetensors file, with the keys of diffusers and PEFT.
 *
 * <pre>
 *   transformer.blocks.0.attn.qkv.lora_A.weight     A [r, in]
 *   transformer.blocks.0.attn.qkv.lora_B.weight     B [out, r]
 *   transformer.blocks.0.attn.qkv.alpha             optional scalar, instead of the alpha of the metadata
 *
 *   metadata  format                  pt
 *             lora_adapter_metadata   JSON of diffusers: transformer.r, transformer.lora_alpha, ...
 *             mige.base, mige.name, mige.trigger, made_by
 * </pre>
 *
 * <p>Reads the prefix {@code base_model.model.} of PEFT, too, with the {@code adapter_config.json} in the same folder:
 * {@code r}, {@code lora_alpha}, {@code alpha_pattern}, {@code use_rslora}; and a folder with
 * {@code adapter_model.safetensors}, as PEFT saves it. Without any alpha it is the rank. Not read, with an error of one
 * sentence: DoRA, biases, pickle files and the names of kohya's programs.
 *
 * <p>Opening reads names and shapes only; the file is not kept open. Immutable and thread-safe.
 */
public final class LoraFile {

    /** Ending of the file names. */
    public static final String ENDING = ".safetensors";

    private static final String PREFIX = "transformer.",
            PEFT_PREFIX = "base_model.model.",
            ADAPTER_METADATA = "lora_adapter_metadata",
            BASE = "mige.base",
            NAME = "mige.name",
            TRIGGER = "mige.trigger",
            MADE_BY = "made_by",
            PEFT_CONFIG = "adapter_config.json",
            PEFT_WEIGHTS = "adapter_model" + ENDING;

    private static final Pattern MATRIX = Pattern.compile("(.+)\\.lora_([AB])(?:\\.[^.]+)??(?:\\.weight)?");
    private static final Pattern ALPHA = Pattern.compile("(.+)\\.alpha");
    private static final int MAX_MODULES = 20_000;

    /**
     * Sizes of the adapter of one linear layer.
     *
     * @param scale alpha / rank
     */
    public record AdapterSize(int rank, long inFeatures, long outFeatures, double scale) {}

    private final Path path;
    private final String version;
    private final LoraMetadata metadata;
    private final Map<String, AdapterSize> modules;
    private final Map<String, String> keysOfA, keysOfB;
    private volatile String sha256; // null: not computed yet

    private LoraFile(Path path, SafeTensors file) throws IOException {
        this.path = path;
        this.version = file.source().version();
        Map<String, String> a = new TreeMap<>(new ModuleOrder()), b = new TreeMap<>(), alphaKeys = new TreeMap<>();
        for (String key : file.tensorInfos().keySet()) sort(file, key, a, b, alphaKeys);
        for (String key : file.skipped().keySet())
            throw file.error("tensor '%s' is %s", key, file.skipped().get(key));
        if (a.isEmpty())
            throw file.error(
                    "has no tensor of a LoRA (MODULE.lora_A.weight); expected a file that mige teach, mige train,"
                            + " diffusers or PEFT wrote");
        if (a.size() > MAX_MODULES)
            throw file.error("has adapters for %d layers, expected at most %d", a.size(), MAX_MODULES);
        keysOfA = a;
        keysOfB = b;
        PeftConfig config = PeftConfig.of(path, file);
        Map<String, AdapterSize> found = new LinkedHashMap<>();
        for (String module : a.keySet()) found.put(module, module(file, module, config, alphaKeys));
        for (String module : b.keySet())
            if (!a.containsKey(module))
                throw file.error("has lora_B but no lora_A for '%s'", TensorFile.sanitize(module));
        modules = Collections.unmodifiableMap(found);
        int rank = found.values().stream().mapToInt(AdapterSize::rank).max().orElseThrow();
        Map<String, String> text = file.metadata();
        for (String key : List.of(BASE, TRIGGER, MADE_BY))
            if (text.getOrDefault(key, "").length() > LoraMetadata.MAX_TEXT_LENGTH)
                throw file.error(
                        "has metadata '%s' of %d characters, expected at most %d",
                        key, text.get(key).length(), LoraMetadata.MAX_TEXT_LENGTH);
        metadata = new LoraMetadata(
                new LoraConfig(
                        rank,
                        config.alpha > 0 ? config.alpha : rank,
                        config.targets.isEmpty() ? List.copyOf(a.keySet()) : config.targets),
                text.get(BASE),
                text.get(TRIGGER),
                text.get(MADE_BY));
    }

    /**
     * Reads the names, shapes and metadata of a file, or of a folder that PEFT wrote.
     *
     * @throws WeightsException when it is missing, damaged, or no LoRA
     */
    public static LoraFile read(Path fileOrFolder) {
        UsageException.requireNonNull(fileOrFolder, "LoRA file");
        Path path = Files.isDirectory(fileOrFolder) ? fileOrFolder.resolve(PEFT_WEIGHTS) : fileOrFolder;
        try (SafeTensors file = SafeTensors.open(path)) {
            return new LoraFile(path, file);
        } catch (IOException e) {
            throw TensorFile.readFailed(path, e);
        }
    }

    /** Puts a key into the map of its kind. */
    private static void sort(
            SafeTensors file, String key, Map<String, String> a, Map<String, String> b, Map<String, String> alphaKeys) {
        String name = key.startsWith(PEFT_PREFIX) ? key.substring(PEFT_PREFIX.length()) : key;
        if (name.startsWith(PREFIX)) name = name.substring(PREFIX.length());
        Matcher matrix = MATRIX.matcher(name), alpha = ALPHA.matcher(name);
        Map<String, String> target = matrix.matches() ? matrix.group(2).equals("A") ? a : b : alphaKeys;
        if (!matrix.matches() && !alpha.matches())
            throw file.error(
                    "has a tensor '%s', expected MODULE.lora_A.weight, MODULE.lora_B.weight and MODULE.alpha only;"
                            + " other kinds of adapters cannot be read",
                    TensorFile.sanitize(key));
        String module = matrix.matches() ? matrix.group(1) : alpha.group(1);
        if (target.putIfAbsent(module, key) != null)
            throw file.error("has two tensors for '%s'; it holds several adapters", TensorFile.sanitize(module));
    }

    private AdapterSize module(SafeTensors file, String module, PeftConfig config, Map<String, String> alphaKeys)
            throws IOException {
        String name = TensorFile.sanitize(module);
        if (!keysOfB.containsKey(module)) throw file.error("has lora_A but no lora_B for '%s'", name);
        TensorInfo a = file.tensorInfo(keysOfA.get(module)), b = file.tensorInfo(keysOfB.get(module));
        for (TensorInfo matrix : List.of(a, b))
            if (matrix.shape().length != 2 || !matrix.dtype().isFloatingPoint() || matrix.numel() == 0)
                throw file.error(
                        "tensor '%s' is %s %s, expected a matrix of a floating-point type",
                        TensorFile.sanitize(matrix.name()), matrix.dtype(), TensorInfo.formatShape(matrix.shape()));
        long rank = a.shape()[0];
        if (b.shape()[1] != rank || rank > LoraConfig.MAX_RANK)
            throw file.error(
                    "the LoRA for '%s' has A %s and B %s, expected [r, in] and [out, r] with a rank of at most %d",
                    name, TensorInfo.formatShape(a.shape()), TensorInfo.formatShape(b.shape()), LoraConfig.MAX_RANK);
        double alpha = config.alpha(module, (int) rank);
        if (alphaKeys.containsKey(module)) alpha = scalar(file, file.tensorInfo(alphaKeys.get(module)));
        double scale = alpha / (config.rankStabilized ? Math.sqrt((double) rank) : (double) rank);
        if (!Double.isFinite(scale))
            throw file.error("the LoRA for '%s' has the alpha %s, expected a number", name, alpha);
        return new AdapterSize((int) rank, a.shape()[1], b.shape()[0], scale);
    }

    private static double scalar(SafeTensors file, TensorInfo info) throws IOException {
        if (info.numel() != 1 || !info.dtype().isFloatingPoint())
            throw file.error(
                    "tensor '%s' is %s %s, expected one floating-point number",
                    TensorFile.sanitize(info.name()), info.dtype(), TensorInfo.formatShape(info.shape()));
        return Scope.scoped(() -> {
            Tensor value = file.read(info.name());
            return value.item();
        });
    }

    /** The name to choose it by: that of the file without its ending, or that of PEFT's folder. */
    public String name() {
        Path folder = path.toAbsolutePath().normalize().getParent();
        String file = path.getFileName().toString();
        if (file.equals(PEFT_WEIGHTS) && folder != null && folder.getFileName() != null)
            return folder.getFileName().toString();
        return file.endsWith(ENDING) ? file.substring(0, file.length() - ENDING.length()) : file;
    }

    public Path path() {
        return path;
    }

    public LoraMetadata metadata() {
        return metadata;
    }

    /** The adapted layers by the full key of their weight without {@code .weight}. */
    public Map<String, AdapterSize> modules() {
        return modules;
    }

    /** Number of values of all matrices. */
    public long parameterCount() {
        return modules.values().stream()
                .mapToLong(module -> module.rank() * (module.inFeatures() + module.outFeatures()))
                .sum();
    }

    /**
     * SHA-256 of the file as 64 hexadecimal digits, computed once.
     *
     * @throws WeightsException when the file has changed since it was read
     */
    public String sha256() {
        String known = sha256;
        if (known != null) return known;
        MessageDigest digest = Sha256.newDigest();
        try (SafeTensors file = reopen()) {
            ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
            for (long position = 0; position < file.size(); position += chunk.limit()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), file.size() - position));
                file.readFully(position, chunk);
                digest.update(chunk.flip());
            }
        } catch (IOException e) {
            throw TensorFile.readFailed(path, e);
        }
        known = HexFormat.of().formatHex(digest.digest());
        sha256 = known;
        return known;
    }

    /**
     * Loads the adapters, by module. Each has its own memory, outlives the current scope, and is freed by
     * {@link LoraAdapter#close}.
     *
     * @param dtype the type of the matrices
     * @throws WeightsException when the file has changed since it was read, or contains NaN or infinity
     */
    public Map<String, LoraAdapter> adapters(DType dtype) {
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        try (SafeTensors file = reopen()) {
            modules.forEach((module, sizes) -> {
                Tensor a = Scope.unscoped(() -> load(file, keysOfA.get(module), dtype));
                try {
                    Tensor b = Scope.unscoped(() -> load(file, keysOfB.get(module), dtype));
                    adapters.put(module, new LoraAdapter(a, b, sizes.scale()));
                } catch (RuntimeException e) {
                    a.close();
                    throw e;
                }
            });
        } catch (RuntimeException e) {
            adapters.values().forEach(LoraAdapter::close);
            throw e;
        }
        return adapters;
    }

    /**
     * Reads all values once.
     *
     * @throws WeightsException when the file has changed since it was read, or contains NaN or infinity
     */
    public void requireFinite() {
        try (SafeTensors file = reopen()) {
            for (String module : modules.keySet())
                Scope.scoped((Runnable) () -> {
                    finite(file, keysOfA.get(module));
                    finite(file, keysOfB.get(module));
                });
        }
    }

    private static Tensor load(SafeTensors file, String key, DType dtype) {
        return Scope.scoped(() -> {
            Tensor stored = finite(file, key);
            return stored.dtype() == dtype ? stored : stored.to(dtype);
        });
    }

    /** Values that are too large for the types in which networks compute count as infinity. */
    private static Tensor finite(SafeTensors file, String key) {
        Tensor stored = file.read(key);
        if (!stored.to(DType.BF16).isFinite())
            throw file.error("tensor '%s' contains NaN or infinity; its training failed", TensorFile.sanitize(key));
        return stored;
    }

    private SafeTensors reopen() {
        SafeTensors file = SafeTensors.open(path);
        if (file.source().version().equals(version)) return file;
        file.close();
        throw new WeightsException("%s has changed since it was opened; open it again.", path);
    }

    /**
     * Writes adapters as diffusers and PEFT read them; the alpha of the metadata is their scale times the rank.
     *
     * @param adapters by module, all with the rank and scale of the metadata's config
     * @throws UsageException when the file cannot be written
     */
    public static void write(Path target, LoraMetadata metadata, Map<String, LoraAdapter> adapters) {
        if (!target.getFileName().toString().endsWith(ENDING))
            throw new UsageException("A LoRA file must end in %s, but %s does not.", ENDING, target);
        LoraConfig config = metadata.config();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        adapters.forEach((module, adapter) -> {
            if (adapter.rank() != config.rank() || adapter.scale() != config.scale())
                throw new IllegalArgumentException("The adapter of " + module + " has the rank " + adapter.rank()
                        + " and the scale " + adapter.scale() + ", but the config " + config.rank() + " and "
                        + config.scale() + ".");
            tensors.put(PREFIX + module + ".lora_A.weight", adapter.a());
            tensors.put(PREFIX + module + ".lora_B.weight", adapter.b());
        });
        Map<String, String> text = new TreeMap<>();
        text.put("format", "pt");
        text.put(ADAPTER_METADATA, adapterMetadata(config, adapters));
        String name = target.getFileName().toString();
        text.put(NAME, name.substring(0, name.length() - ENDING.length()));
        if (!metadata.baseModel().isEmpty()) text.put(BASE, metadata.baseModel());
        if (!metadata.trigger().isEmpty()) text.put(TRIGGER, metadata.trigger());
        if (!metadata.madeBy().isEmpty()) text.put(MADE_BY, metadata.madeBy());
        SafeTensors.write(target, text, tensors);
    }

    /** PEFT's config as diffusers stores it, with the names of the layers as targets, so that no other one matches. */
    private static String adapterMetadata(LoraConfig config, Map<String, LoraAdapter> adapters) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        json.put(PREFIX + "peft_type", "LORA");
        json.put(PREFIX + "r", config.rank());
        json.put(PREFIX + "lora_alpha", config.alpha());
        json.put(PREFIX + "lora_dropout", 0.0);
        json.put(PREFIX + "bias", "none");
        json.put(PREFIX + "use_rslora", false);
        json.put(PREFIX + "use_dora", false);
        ArrayNode targets = json.putArray(PREFIX + "target_modules");
        adapters.keySet().forEach(targets::add);
        return Json.write(json);
    }

    /** Sorts names by their parts: numbers by their value, before other parts. */
    private static final class ModuleOrder implements Comparator<String> {
        @Override
        public int compare(String first, String second) {
            String[] a = first.split("\\.", -1), b = second.split("\\.", -1);
            for (int i = 0; i < Math.min(a.length, b.length); i++) {
                boolean isNumber = isNumber(a[i]);
                int order;
                if (isNumber != isNumber(b[i])) order = isNumber ? -1 : 1;
                else if (isNumber) order = Integer.compare(Integer.parseInt(a[i]), Integer.parseInt(b[i]));
                else order = a[i].compareTo(b[i]);
                if (order != 0) return order;
            }
            return a.length != b.length ? Integer.compare(a.length, b.length) : first.compareTo(second);
        }

        private static boolean isNumber(String part) {
            return part.matches("\\d{1,9}");
        }
    }

    /** The keys of PEFT's LoraConfig that change what an adapter computes. */
    private record PeftConfig(
            double alpha, Map<String, Double> alphaPattern, boolean rankStabilized, List<String> targets) {

        private static final Pattern PLAIN_NAME = Pattern.compile("[\\w.]+");

        /** From the metadata of diffusers, else the file that PEFT writes, else nothing. */
        static PeftConfig of(Path path, SafeTensors file) {
            String text = file.metadata().get(ADAPTER_METADATA);
            Path beside = path.resolveSibling(PEFT_CONFIG);
            boolean ofPeft = file.tensorInfos().keySet().stream().anyMatch(key -> key.startsWith(PEFT_PREFIX));
            if (text == null && ofPeft && Files.exists(beside)) text = Json.readText(beside);
            else if (text == null) return new PeftConfig(0, Map.of(), false, List.of());
            try {
                return of(Json.MAPPER.readTree(text), file);
            } catch (JsonProcessingException e) {
                throw file.error("its LoRA config is not JSON: %s", e.getOriginalMessage());
            }
        }

        private static PeftConfig of(JsonNode json, SafeTensors file) {
            if (get(json, "use_dora").asBoolean() || get(json, "lora_bias").asBoolean())
                throw file.error("is a LoRA with use_dora or lora_bias, which cannot be read");
            Map<String, Double> patterns = new LinkedHashMap<>();
            get(json, "alpha_pattern").fields().forEachRemaining(entry -> {
                if (!PLAIN_NAME.matcher(entry.getKey()).matches())
                    throw file.error(
                            "has an alpha_pattern with the regular expression %s, expected names of layers",
                            TensorFile.sanitize(entry.getKey()));
                patterns.put(entry.getKey(), entry.getValue().asDouble());
            });
            JsonNode targets = get(json, "target_modules");
            List<String> names = new ArrayList<>();
            if (targets.isArray())
                StreamSupport.stream(targets.spliterator(), false)
                        .map(JsonNode::asText)
                        .forEach(names::add);
            JsonNode alpha = get(json, "lora_alpha");
            boolean hasAlpha = !alpha.isMissingNode() && !alpha.isNull();
            if (hasAlpha && !(alpha.asDouble() > 0 && Double.isFinite(alpha.asDouble())))
                throw file.error(
                        "has the lora_alpha %s, expected a number above 0", TensorFile.sanitize(alpha.toString()));
            return new PeftConfig(
                    alpha.asDouble(), patterns, get(json, "use_rslora").asBoolean(), names);
        }

        private static JsonNode get(JsonNode json, String key) {
            return json.has(PREFIX + key) ? json.path(PREFIX + key) : json.path(key);
        }

        /** The first pattern that is the name, or its ending after a dot, decides, as in PEFT. */
        double alpha(String module, int rank) {
            for (var entry : alphaPattern.entrySet())
                if (module.equals(entry.getKey()) || module.endsWith("." + entry.getKey())) return entry.getValue();
            return alpha > 0 ? alpha : rank;
        }
    }
}

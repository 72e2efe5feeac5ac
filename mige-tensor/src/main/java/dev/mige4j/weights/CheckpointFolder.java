package dev.mige4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.FileContent;
import dev.mige4j.common.Json;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.format.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the weight files of a folder as hubs and trainers write it.
 *
 * <p>Full precision is preferred to variants such as {@code model.fp16.safetensors}, then safetensors to {@code .bin},
 * {@code .pth}, {@code .pt} and {@code .ckpt}, then the shards of an index to other files. A folder without weights may
 * have them in one of its folders.
 */
final class CheckpointFolder {

    private static final List<String> EXTENSIONS = List.of(".safetensors", ".bin", ".pth", ".pt", ".ckpt");
    /** Variants by preference; files without one come first. */
    private static final List<String> VARIANTS = List.of("", "fp32", "ema", "bf16", "fp16", "non_ema", "fp8", "int8");

    private static final Pattern SHARD = Pattern.compile("-(\\d{5})-of-(\\d{5})"),
            INDEX = Pattern.compile("\\.index(\\.[a-z0-9_]+)?\\.json$"),
            VARIANT =
                    Pattern.compile("\\.(" + VARIANTS.stream().skip(1).collect(Collectors.joining("|")) + ")(?=\\.|$)"),
            TRAINING_STATE =
                    Pattern.compile("(training_args|optimizer|scheduler|scaler|rng_state|random_states)([_.-].*)?"
                            + "|.*_optim_states\\.pt");
    private static final int MAX_SUBFOLDER_DEPTH = 2;

    private CheckpointFolder() {}

    /** The weight files of a folder, sorted by name, or the file itself. */
    static List<Path> weightFiles(Path path) {
        if (!Files.isDirectory(path)) return List.of(path);
        List<Path> level = List.of(path);
        for (int depth = 0; depth <= MAX_SUBFOLDER_DEPTH; depth++) {
            Map<Path, List<Path>> found = new TreeMap<>();
            List<Path> next = new ArrayList<>();
            for (Path folder : level) {
                List<Path> contents = list(folder), files = select(contents);
                if (!files.isEmpty()) found.put(folder, files);
                contents.stream().filter(Files::isDirectory).forEach(next::add);
            }
            if (found.size() > 1)
                throw new WeightsException(path + ": has weights in the folders "
                        + found.keySet().stream()
                                .map(folder -> path.relativize(folder).toString())
                                .collect(Collectors.joining(", "))
                        + "; specify one of them.");
            if (found.size() == 1) return found.values().iterator().next();
            level = next;
        }
        throw new WeightsException(path + ": has no weight files, expected .safetensors, .bin, .pth, .pt or .ckpt"
                + otherFormats(path) + ".");
    }

    /** The files and folders in a folder, sorted by name, without hidden ones. */
    private static List<Path> list(Path folder) {
        try (Stream<Path> list = Files.list(folder)) {
            return list.filter(file -> !fileName(file).startsWith(".")).sorted().toList();
        } catch (IOException e) {
            throw TensorFile.readFailed(folder, e);
        }
    }

    private static String otherFormats(Path folder) {
        String names = list(folder).stream()
                .map(CheckpointFolder::fileName)
                .filter(name -> name.matches(".*\\.(gguf|msgpack|h5|onnx|tflite|pb|npz|zip|gz|tar)"))
                .limit(3)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : "; it has " + names + ", which cannot be read";
    }

    /** The files of the preferred variant and format; empty if there are none. */
    private static List<Path> select(List<Path> contents) {
        for (String variant : VARIANTS)
            for (String extension : EXTENSIONS) {
                List<Path> found = contents.stream()
                        .filter(file ->
                                isOfFormat(file, extension) && variant(file).equals(variant))
                        .toList();
                if (found.isEmpty()) continue;
                for (Path file : found) if (INDEX.matcher(lowerCaseName(file)).find()) return shards(file);
                requireAllShards(found);
                return found;
            }
        return List.of();
    }

    private static boolean isOfFormat(Path file, String extension) {
        String name = INDEX.matcher(lowerCaseName(file)).replaceFirst("");
        return name.endsWith(extension) && !TRAINING_STATE.matcher(name).matches() && Files.isRegularFile(file);
    }

    /** {@code fp16} of {@code model.fp16.safetensors}, {@code model.safetensors.index.fp16.json} and shards. */
    private static String variant(Path file) {
        Matcher variant = VARIANT.matcher(SHARD.matcher(lowerCaseName(file)).replaceFirst(""));
        return variant.find() ? variant.group(1) : "";
    }

    private static void requireAllShards(List<Path> files) {
        Map<String, Integer> presentByTotal = new TreeMap<>();
        for (Path file : files) {
            Matcher shard = SHARD.matcher(fileName(file));
            if (shard.find()) presentByTotal.merge(shard.group(2), 1, Integer::sum);
        }
        presentByTotal.forEach((total, present) -> {
            if (present < Integer.parseInt(total))
                throw new WeightsException(files.get(0).toAbsolutePath().getParent() + ": has " + present + " of the "
                        + Integer.parseInt(total) + " files ...-of-" + total + "; download the others, too.");
        });
    }

    private static List<Path> shards(Path index) {
        Set<String> names = new TreeSet<>();
        try {
            if (Files.size(index) > 100_000_000)
                throw new WeightsException(index + ": is larger than 100 MB, so it is not an index of shards.");
            JsonNode weightMap = Json.MAPPER.readTree(index.toFile()).path("weight_map");
            weightMap.elements().forEachRemaining(value -> names.add(value.asText()));
        } catch (IOException e) {
            String expected = "an index of shards";
            throw new WeightsException(FileContent.recognize(index)
                    .filter(content -> !content.isJson())
                    .map(content -> content.message(index.toString(), expected))
                    .orElse(index + ": is not " + expected + " ("
                            + e.getMessage().lines().findFirst().orElse("damaged") + ")."));
        }
        if (names.isEmpty()) throw new WeightsException(index + ": has no shards, expected an object 'weight_map'.");
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            if (name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals(".."))
                throw new WeightsException(index + ": refers to the shard '" + TensorFile.sanitize(name)
                        + "', expected a file in the same folder.");
            Path shard = index.resolveSibling(name);
            if (!Files.exists(shard))
                throw new WeightsException(
                        index + ": refers to the shard '" + name + "', which does not exist; download it too.");
            files.add(shard);
        }
        return files;
    }

    private static String fileName(Path file) {
        return file.getFileName().toString();
    }

    private static String lowerCaseName(Path file) {
        return fileName(file).toLowerCase(Locale.ROOT);
    }
}

package dev.mige4j.weights.conversion;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the files of the published model among the paths of a repository or of a folder, wherever they lie in it.
 *
 * <pre>
 *   model          model.pth
 *   autoencoder    sd-vae-ft-ema/diffusion_pytorch_model.safetensors (or .bin)
 *   tokenizer      t5-v1_1-xxl/spiece.model
 * </pre>
 */
final class PublishedFiles {

    static final String MODEL = "model.pth", TOKENIZER = "spiece.model";

    private static final String AUTOENCODER_STEM = "diffusion_pytorch_model";
    private static final Set<String> WEIGHT_EXTENSIONS = Set.of("pth", "pt", "ckpt", "bin", "safetensors");
    private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}-of-(\\d{5})\\.(bin|safetensors)");

    /**
     * Folders and files of the models that the published one was made of; its own file contains what it needs of them.
     */
    private static final Pattern OTHER_MODEL =
            Pattern.compile("(?i)(^|[/_.-])(t5|vae|pixart|eva|blip2?|bert|optimizer|training_args)([/_.-]|\\d|$)");

    private final List<String> paths;

    /** @param paths relative, with {@code /} */
    PublishedFiles(List<String> paths) {
        this.paths = paths.stream()
                .sorted(Comparator.comparingInt(PublishedFiles::depth).thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    /** The tokenizer of the text encoder. */
    Optional<String> tokenizer() {
        return first(path -> name(path).equals(TOKENIZER));
    }

    /** The autoencoder, as safetensors if there is a choice. */
    Optional<String> autoencoder() {
        for (String extension : List.of(".safetensors", ".bin")) {
            Optional<String> found = first(path -> name(path).equals(AUTOENCODER_STEM + extension)
                    && path.toLowerCase(Locale.ROOT).matches("(.*[/_.-])?vae[/_.-].*"));
            if (found.isPresent()) return found;
        }
        return first(path -> path.equals(AUTOENCODER_STEM + ".safetensors") || path.equals(AUTOENCODER_STEM + ".bin"));
    }

    /**
     * What may be the model, most likely first: files, and the shards of one file together. {@code model.pth} stands
     * alone if there is one.
     */
    List<List<String>> models() {
        Optional<String> model = first(path -> name(path).equals(MODEL));
        if (model.isPresent()) return List.of(List.of(model.get()));
        Map<String, List<String>> byStem = new LinkedHashMap<>();
        for (String path : paths) {
            if (!WEIGHT_EXTENSIONS.contains(
                            path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))
                    || OTHER_MODEL.matcher(path).find()
                    || name(path).startsWith(AUTOENCODER_STEM)) continue;
            byStem.computeIfAbsent(shardGroup(path), stem -> new ArrayList<>()).add(path);
        }
        return List.copyOf(byStem.values());
    }

    /** The file of this path, or of this name, or the shards that it belongs to. */
    List<String> named(String pathOrName) {
        return first(path -> path.equals(pathOrName))
                .or(() -> first(path -> name(path).equals(pathOrName)))
                .map(found -> paths.stream()
                        .filter(path -> shardGroup(path).equals(shardGroup(found)))
                        .toList())
                .orElse(List.of());
    }

    private static String shardGroup(String path) {
        Matcher shard = SHARD.matcher(path);
        return shard.matches() ? shard.group(1) + " of " + shard.group(2) + " " + shard.group(3) : path;
    }

    private Optional<String> first(Predicate<String> condition) {
        return paths.stream().filter(condition).findFirst();
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static int depth(String path) {
        return (int) path.chars().filter(c -> c == '/').count();
    }
}

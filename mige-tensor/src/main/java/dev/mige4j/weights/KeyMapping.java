package dev.mige4j.weights;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Table of the names and shapes that other releases of a checkpoint use, and of names that the model does not use. */
final class KeyMapping {

    private KeyMapping() {}

    /** A pattern of requested keys and the name under which some files store them. */
    private record KeyAlias(Pattern requested, String stored, String reason) {}

    private static final List<KeyAlias> ALIASES = List.of(
            alias("(.*\\.attentions\\.\\d+)\\.to_q\\.(weight|bias)", "$1.query.$2", "key of older diffusers versions"),
            alias("(.*\\.attentions\\.\\d+)\\.to_k\\.(weight|bias)", "$1.key.$2", "key of older diffusers versions"),
            alias("(.*\\.attentions\\.\\d+)\\.to_v\\.(weight|bias)", "$1.value.$2", "key of older diffusers versions"),
            alias(
                    "(.*\\.attentions\\.\\d+)\\.to_out\\.0\\.(weight|bias)",
                    "$1.proj_attn.$2",
                    "key of older diffusers versions"),
            alias(
                    "t5_model\\.shared\\.weight",
                    "t5_model.encoder.embed_tokens.weight",
                    "tied copy of the token embedding"),
            alias(
                    "t5_model\\.shared\\.weight",
                    "encoder.embed_tokens.weight",
                    "T5 folder, tied copy of the token embedding"),
            alias("t5_model\\.(.*)", "$1", "T5 folder"));

    /** Parts of names that wrappers of a module add, anywhere in a name. */
    private static final Map<String, String> WRAPPERS = table(
            "module.", "saved by DataParallel or DeepSpeed",
            "_orig_mod.", "saved after torch.compile",
            "_forward_module.", "saved by Lightning",
            "_fsdp_wrapped_module.", "saved by FSDP",
            "_checkpoint_wrapped_module.", "saved with activation checkpointing");

    /** Names of the attribute of a trainer that holds the model, at the start of a name. */
    private static final Map<String, String> PREFIXES = table(
            "model.", "part of a trainer",
            "net.", "part of a trainer",
            "online_model.", "part of a trainer",
            "ema_model.", "averaged (EMA) weights",
            "model_ema.", "averaged (EMA) weights",
            "ema.", "averaged (EMA) weights",
            "vit.", "vision transformer of a classifier",
            "backbone.", "vision transformer of DINO's training");

    private static Map<String, String> table(String... namesAndReasons) {
        Map<String, String> table = new LinkedHashMap<>();
        for (int i = 0; i < namesAndReasons.length; i += 2) table.put(namesAndReasons[i], namesAndReasons[i + 1]);
        return table;
    }

    /** Names that the model does not use, and why. */
    private static final Map<Pattern, String> UNEXPECTED_REASONS = unexpectedReasons();

    private static Map<Pattern, String> unexpectedReasons() {
        var table = new LinkedHashMap<Pattern, String>();
        String[][] rows = {
            {
                "Qformer\\.bert\\.encoder\\.layer\\.\\d+\\.(intermediate|output)\\..*",
                "feed-forward of the Q-Former's text branch, which is not used"
            },
            {
                "Qformer\\.(cls\\..*|bert\\.embeddings\\.(word|position)_embeddings\\..*)",
                "text embeddings and head of the Q-Former, which are not used"
            },
            {"(.*\\.)?position_ids", "constant position ids"},
            {"(t5_model\\.)?(encoder|decoder)\\.embed_tokens\\.weight", "tied copy of the token embedding"},
            {"(t5_model\\.)?(decoder\\..*|lm_head\\..*)", "T5 decoder; only the encoder is used"},
            {
                "visual_encoder\\.blocks\\.39\\..*",
                "block 40 of the image encoder, whose features are taken after block 39"
            },
            {
                "visual_encoder\\.(norm|fc_norm|head)\\..*",
                "head of the image encoder, whose features are taken before it"
            },
            {"(base_model\\.|model\\.)?pos_embed", "position embedding, which is computed instead"},
            {"input_resolution|context_length|vocab_size", "size of a CLIP model, which the tensors show"},
            {"pooler\\..*", "pooler of a vision transformer, whose class token is used as it is"},
            {"optimizer.*", "optimizer state, used only to resume that training"},
        };
        for (String[] row : rows) table.put(Pattern.compile(row[0]), row[1]);
        return table;
    }

    private static KeyAlias alias(String requested, String stored, String reason) {
        return new KeyAlias(Pattern.compile(requested), stored, reason);
    }

    /** Names under which other files store {@code key}, most likely first. */
    static List<String> aliasesFor(String key) {
        List<String> names = new ArrayList<>();
        for (KeyAlias alias : ALIASES) {
            var match = alias.requested.matcher(key);
            if (match.matches()) names.add(match.replaceFirst(alias.stored));
        }
        return names;
    }

    /** The name without wrappers and prefixes. */
    static String unwrap(String stored) {
        return unwrap(stored, new LinkedHashSet<>());
    }

    private static String unwrap(String stored, Set<String> reasons) {
        String name = stored;
        for (var wrapper : WRAPPERS.entrySet()) {
            String plain = ("." + name).replace("." + wrapper.getKey(), ".").substring(1);
            if (!plain.equals(name)) reasons.add(wrapper.getValue());
            name = plain;
        }
        for (var prefix : PREFIXES.entrySet()) {
            if (!name.startsWith(prefix.getKey())) continue;
            reasons.add(prefix.getValue());
            return unwrap(name.substring(prefix.getKey().length()), reasons);
        }
        return name;
    }

    /** Whether a prefix says that the tensor is an average (EMA) of the weights. */
    static boolean isAveraged(String stored) {
        Set<String> reasons = new LinkedHashSet<>();
        unwrap(stored, reasons);
        return reasons.contains(PREFIXES.get("ema."));
    }

    /** Describes why {@code key} was found under the name {@code stored}. */
    static String describe(String key, String stored) {
        Set<String> reasons = new LinkedHashSet<>();
        String name = stored.equals(key) || aliasesFor(key).contains(stored) ? stored : unwrap(stored, reasons);
        for (KeyAlias alias : ALIASES) {
            var match = alias.requested.matcher(key);
            if (!name.equals(key)
                    && match.matches()
                    && match.replaceFirst(alias.stored).equals(name)) {
                reasons.add(alias.reason);
                break;
            }
        }
        return "stored as '" + stored + "' (" + String.join(", ", reasons) + ")";
    }

    /** Why the model does not use a name. */
    static String unexpectedReason(String name) {
        for (var row : UNEXPECTED_REASONS.entrySet())
            if (row.getKey().matcher(name).matches()
                    || row.getKey().matcher(unwrap(name)).matches()) return row.getValue();
        return isAveraged(name) ? PREFIXES.get("ema.") : "not used by this model";
    }

    /** How a stored tensor fits the shape that the model requires. */
    enum ShapeFit {
        SAME,
        RESHAPED,
        ZERO_PADDED,
        MISMATCH
    }

    static ShapeFit fitShape(String key, long[] storedShape, long[] targetShape) {
        if (Arrays.equals(storedShape, targetShape)) return ShapeFit.SAME;
        if (Arrays.equals(stripTrailingOnes(storedShape), stripTrailingOnes(targetShape)))
            return ShapeFit.RESHAPED; // a 1x1 kernel stored as a matrix, or the reverse
        if (key.endsWith("x_embedder.proj.weight")
                && storedShape.length == 4
                && targetShape.length == 4
                && storedShape[1] < targetShape[1]
                && storedShape[0] == targetShape[0]
                && storedShape[2] == targetShape[2]
                && storedShape[3] == targetShape[3]) return ShapeFit.ZERO_PADDED;
        return ShapeFit.MISMATCH;
    }

    /** The stored tensor in the required shape; {@code fit} must not be {@link ShapeFit#MISMATCH}. */
    static Tensor apply(ShapeFit fit, Tensor stored, long[] targetShape) {
        return switch (fit) {
            case SAME, MISMATCH -> stored;
            case RESHAPED -> stored.view(targetShape);
            case ZERO_PADDED -> stored.pad(0, 0, 0, 0, 0, 0, targetShape[1] - stored.size(1));
        };
    }

    static String describe(ShapeFit fit, long[] stored, long[] targetShape) {
        return fit == ShapeFit.ZERO_PADDED
                ? "widened from " + stored[1] + " to " + targetShape[1] + " input channels with zeros"
                : "viewed as " + TensorInfo.formatShape(targetShape) + ", stored as " + TensorInfo.formatShape(stored);
    }

    private static long[] stripTrailingOnes(long[] shape) {
        int n = shape.length;
        while (n > 0 && shape[n - 1] == 1) n--;
        return Arrays.copyOf(shape, n);
    }
}

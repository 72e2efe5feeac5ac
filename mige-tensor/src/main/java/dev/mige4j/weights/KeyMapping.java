package dev.mige4j.weights;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.format.TensorInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What other releases call, shape or add differently: the one table of it. Nothing here guesses; a key that no row
 * covers is missing.
 */
final class KeyMapping {

    private KeyMapping() {}

    /** A key as asked for (a pattern) and the name under which some files have it. */
    private record KeyAlias(Pattern requested, String stored, String reason) {}

    private static final List<KeyAlias> ALIASES = List.of(
            alias(
                    "(.*\\.attentions\\.\\d+)\\.to_q\\.(weight|bias)",
                    "$1.query.$2",
                    "autoencoders of the older generation"),
            alias(
                    "(.*\\.attentions\\.\\d+)\\.to_k\\.(weight|bias)",
                    "$1.key.$2",
                    "autoencoders of the older generation"),
            alias(
                    "(.*\\.attentions\\.\\d+)\\.to_v\\.(weight|bias)",
                    "$1.value.$2",
                    "autoencoders of the older generation"),
            alias(
                    "(.*\\.attentions\\.\\d+)\\.to_out\\.0\\.(weight|bias)",
                    "$1.proj_attn.$2",
                    "autoencoders of the older generation"),
            alias(
                    "t5_model\\.shared\\.weight",
                    "t5_model.encoder.embed_tokens.weight",
                    "the tied copy of the token table"),
            alias(
                    "t5_model\\.shared\\.weight",
                    "encoder.embed_tokens.weight",
                    "a T5 folder, the tied copy of the token table"),
            alias("t5_model\\.(.*)", "$1", "a T5 folder"),
            alias("(.*)", "module.$1", "a file of a data-parallel training"));

    /** Names that may stand in a file and are not read, and why. */
    private static final Map<Pattern, String> UNEXPECTED_REASONS = unexpectedReasons();

    private static Map<Pattern, String> unexpectedReasons() {
        var table = new LinkedHashMap<Pattern, String>();
        String[][] rows = {
            {
                "Qformer\\.bert\\.encoder\\.layer\\.\\d+\\.(intermediate|output)\\..*",
                "the Q-Former's feed-forward for text; only its queries are run"
            },
            {
                "Qformer\\.(cls\\..*|bert\\.embeddings\\.(word|position)_embeddings\\..*)",
                "the Q-Former's reading and writing of text; only its queries are run"
            },
            {"(.*\\.)?position_ids", "the numbers 0, 1, 2, ..., which are not read"},
            {"(t5_model\\.)?(encoder|decoder)\\.embed_tokens\\.weight", "the tied copy of the token table"},
            {"(t5_model\\.)?(decoder\\..*|lm_head\\..*)", "T5's decoder; only its encoder is run"},
            {
                "visual_encoder\\.blocks\\.39\\..*",
                "the image encoder's 40th block; its features are taken after the 39th"
            },
            {"visual_encoder\\.(norm|fc_norm|head)\\..*", "the image encoder's head; its features are taken before it"},
            {"(base_model\\.|model\\.)?pos_embed", "the position table, which is computed from its formula"},
            {"optimizer.*", "the optimizer's state, needed only to go on with that training"},
        };
        for (String[] row : rows) table.put(Pattern.compile(row[0]), row[1]);
        return table;
    }

    private static KeyAlias alias(String requested, String stored, String reason) {
        return new KeyAlias(Pattern.compile(requested), stored, reason);
    }

    /** Names under which other files have {@code key}, most likely first. */
    static List<String> aliasesFor(String key) {
        List<String> names = new ArrayList<>();
        for (KeyAlias alias : ALIASES) {
            var match = alias.requested.matcher(key);
            if (match.matches()) names.add(match.replaceFirst(alias.stored));
        }
        return names;
    }

    /** What was done to find {@code key} under the name {@code stored}. */
    static String describe(String key, String stored) {
        for (KeyAlias alias : ALIASES) {
            var match = alias.requested.matcher(key);
            if (match.matches() && match.replaceFirst(alias.stored).equals(stored))
                return "stored as '" + stored + "' (" + alias.reason + ")";
        }
        return "stored as '" + stored + "'";
    }

    /** Why a name in a file is not read, or a plain statement that nothing asked for it. */
    static String unexpectedReason(String name) {
        for (var row : UNEXPECTED_REASONS.entrySet())
            if (row.getKey().matcher(name).matches()) return row.getValue();
        return "not asked for by this model";
    }

    /** How a tensor of the stored shape becomes one of the wanted shape. */
    enum ShapeFit {
        SAME,
        RESHAPED,
        ZERO_PADDED,
        MISMATCH
    }

    static ShapeFit fitShape(String key, long[] storedShape, long[] targetShape) {
        if (Arrays.equals(storedShape, targetShape)) return ShapeFit.SAME;
        if (Arrays.equals(stripTrailingOnes(storedShape), stripTrailingOnes(targetShape)))
            return ShapeFit.RESHAPED; // 1x1 kernels for matrices
        if (key.endsWith("x_embedder.proj.weight")
                && storedShape.length == 4
                && targetShape.length == 4
                && storedShape[1] < targetShape[1]
                && storedShape[0] == targetShape[0]
                && storedShape[2] == targetShape[2]
                && storedShape[3] == targetShape[3]) return ShapeFit.ZERO_PADDED;
        return ShapeFit.MISMATCH;
    }

    /** The tensor in the wanted shape; what {@link #fitShape} said must not be {@code NONE}. */
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

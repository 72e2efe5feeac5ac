package mige.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import mige.tensor.Tensor;

/**
 * What other releases call, shape or add differently: the one table of it. Nothing here guesses; a key that no row covers is missing.
 */
final class Mending {

    private Mending() { }

    /** A key as asked for (a pattern) and the name under which some files have it. */
    private record Alias(Pattern asked, String stored, String why) { }

    private static final List<Alias> ALIASES = List.of(
            alias("(.*\\.attentions\\.\\d+)\\.to_q\\.(weight|bias)", "$1.query.$2", "autoencoders of the older generation"),
            alias("(.*\\.attentions\\.\\d+)\\.to_k\\.(weight|bias)", "$1.key.$2", "autoencoders of the older generation"),
            alias("(.*\\.attentions\\.\\d+)\\.to_v\\.(weight|bias)", "$1.value.$2", "autoencoders of the older generation"),
            alias("(.*\\.attentions\\.\\d+)\\.to_out\\.0\\.(weight|bias)", "$1.proj_attn.$2", "autoencoders of the older generation"),
            alias("t5_model\\.shared\\.weight", "t5_model.encoder.embed_tokens.weight", "the tied copy of the token table"),
            alias("t5_model\\.shared\\.weight", "encoder.embed_tokens.weight", "a T5 folder, the tied copy of the token table"),
            alias("t5_model\\.(.*)", "$1", "a T5 folder"),
            alias("(.*)", "module.$1", "a file of a data-parallel training"));

    /** Names that may stand in a file and are not read, and why. */
    private static final Map<Pattern, String> UNREAD = unread();

    private static Map<Pattern, String> unread() {
        var table = new LinkedHashMap<Pattern, String>();
        String[][] rows = {
            {"Qformer\\.bert\\.encoder\\.layer\\.\\d+\\.(intermediate|output)\\..*", "the Q-Former's feed-forward for text; only its queries are run"},
            {"Qformer\\.(cls\\..*|bert\\.embeddings\\.(word|position)_embeddings\\..*)", "the Q-Former's reading and writing of text; only its queries are run"},
            {"(.*\\.)?position_ids", "the numbers 0, 1, 2, ..., which are not read"},
            {"(t5_model\\.)?(encoder|decoder)\\.embed_tokens\\.weight", "the tied copy of the token table"},
            {"(t5_model\\.)?(decoder\\..*|lm_head\\..*)", "T5's decoder; only its encoder is run"},
            {"visual_encoder\\.blocks\\.39\\..*", "the image encoder's 40th block; its features are taken after the 39th"},
            {"visual_encoder\\.(norm|fc_norm|head)\\..*", "the image encoder's head; its features are taken before it"},
            {"(base_model\\.|model\\.)?pos_embed", "the position table, which is computed from its formula"},
            {"optimizer.*", "the optimizer's state, needed only to go on with that training"},
        };
        for (String[] row : rows) table.put(Pattern.compile(row[0]), row[1]);
        return table;
    }

    private static Alias alias(String asked, String stored, String why) {
        return new Alias(Pattern.compile(asked), stored, why);
    }

    /** Names under which other files have {@code key}, most likely first. */
    static List<String> othersFor(String key) {
        List<String> names = new ArrayList<>();
        for (Alias alias : ALIASES) {
            var match = alias.asked.matcher(key);
            if (match.matches()) names.add(match.replaceFirst(alias.stored));
        }
        return names;
    }

    /** What was done to find {@code key} under the name {@code stored}. */
    static String why(String key, String stored) {
        for (Alias alias : ALIASES) {
            var match = alias.asked.matcher(key);
            if (match.matches() && match.replaceFirst(alias.stored).equals(stored)) return "stored as '" + stored + "' (" + alias.why + ")";
        }
        return "stored as '" + stored + "'";
    }

    /** Why a name in a file is not read, or a plain statement that nothing asked for it. */
    static String whyUnread(String name) {
        for (var row : UNREAD.entrySet()) if (row.getKey().matcher(name).matches()) return row.getValue();
        return "not asked for by this model";
    }

    /** How a tensor of the stored shape becomes one of the wanted shape. */
    enum Fit { SAME, VIEWED, WIDENED, NONE }

    static Fit fit(String key, long[] stored, long[] wanted) {
        if (Arrays.equals(stored, wanted)) return Fit.SAME;
        if (Arrays.equals(withoutTrailingOnes(stored), withoutTrailingOnes(wanted))) return Fit.VIEWED;       // 1x1 kernels for matrices
        if (key.endsWith("x_embedder.proj.weight") && stored.length == 4 && wanted.length == 4 && stored[1] < wanted[1]
                && stored[0] == wanted[0] && stored[2] == wanted[2] && stored[3] == wanted[3]) return Fit.WIDENED;
        return Fit.NONE;
    }

    /** The tensor in the wanted shape; what {@link #fit} said must not be {@code NONE}. */
    static Tensor apply(Fit fit, Tensor stored, long[] wanted) {
        return switch (fit) {
            case SAME, NONE -> stored;
            case VIEWED -> stored.view(wanted);
            case WIDENED -> stored.pad(0, 0, 0, 0, 0, 0, wanted[1] - stored.size(1));
        };
    }

    static String why(Fit fit, long[] stored, long[] wanted) {
        return fit == Fit.WIDENED ? "widened from " + stored[1] + " to " + wanted[1] + " input channels with zeros"
                : "viewed as " + Entry.shapeText(wanted) + ", stored as " + Entry.shapeText(stored);
    }

    private static long[] withoutTrailingOnes(long[] shape) {
        int n = shape.length;
        while (n > 0 && shape[n - 1] == 1) n--;
        return Arrays.copyOf(shape, n);
    }
}

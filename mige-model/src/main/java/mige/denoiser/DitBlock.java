package mige.denoiser;

import java.util.function.Consumer;
import mige.tensor.Tensor;
import mige.tensor.nn.Attention;
import mige.tensor.nn.Linear;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * One block of the diffusion transformer.
 *
 * <pre>
 *   [shift_a, scale_a, gate_a, shift_m, scale_m, gate_m] = table + t0
 *   x = x + gate_a · SelfAttention(LN(x) · (1 + scale_a) + shift_a)
 *   x = x + CrossAttention(x, words)
 *   x = x + gate_m · MLP(LN(x) · (1 + scale_m) + shift_m)
 * </pre>
 * <p>LN has no weights. The cross-attention has neither norm nor gate. Source: MIGE's denoiser, PixArt-α's block; DIFFUSION.md section 1.5.
 */
public final class DitBlock {

    /**
     * The words as one block's cross-attention sees them; they do not depend on x or t, so sampling computes them once a request.
     *
     * @param keys   [G, L, C]; row g serves B/G consecutive items
     * @param values [G, L, C]
     * @param bias   [G, heads, 1, L], minus infinity at padding, or null where no row is padded
     */
    public record Words(Tensor keys, Tensor values, Tensor bias) {}

    private static final double EPS = 1e-6;

    private final int hidden, heads;
    private final Tensor table;
    private final Linear toQueriesKeysValues, fromHeads;
    private final Linear toWordQueries, toWordKeysValues, fromWords;
    private final Linear widen, narrow;

    public DitBlock(Denoiser.Config config, Weights weights) {
        int c = config.hidden();
        Weights self = weights.at("attn"), cross = weights.at("cross_attn"), mlp = weights.at("mlp");
        this.hidden = c;
        this.heads = config.heads();
        table               = weights.get("scale_shift_table", Birth.normal(1 / Math.sqrt(c)), 6, c);
        toQueriesKeysValues = new Linear(self.at("qkv"), c, 3L * c);
        fromHeads           = new Linear(self.at("proj"), c, c);
        toWordQueries       = new Linear(cross.at("q_linear"), c, c);
        toWordKeysValues    = new Linear(cross.at("kv_linear"), c, 2L * c);
        fromWords           = Linear.zeroed(cross.at("proj"), c, c);           // zero at birth: words are ignored at first
        widen               = new Linear(mlp.at("fc1"), c, config.mlpWidth());
        narrow              = new Linear(mlp.at("fc2"), config.mlpWidth(), c);
    }

    /** Keys and values of projected words [G, L, C]; bias as in {@link Words}. */
    public Words read(Tensor words, Tensor bias) {
        Tensor both = toWordKeysValues.forward(words);                                                     // [G, L, 2C]
        return new Words(both.narrow(2, 0, hidden), both.narrow(2, hidden, hidden), bias);
    }

    /** Tokens [B, N, C] and t0 [B, 6, C] (or [1, 6, C] for all) to tokens; x is not modified. */
    public Tensor forward(Tensor x, Words words, Tensor t0) {
        return forward(x, words, t0, null);
    }

    /** The same, and {@code looks} is told the scores of the tokens' looks at the words, [B, heads, N, L]; null: nobody is. */
    Tensor forward(Tensor x, Words words, Tensor t0, Consumer<Tensor> looks) {
        Tensor m = table.like(x).unsqueeze(0).add(t0);                                                     // [B, 6, C]
        Tensor y = x.addProduct(row(m, 2), attend(modulate(x, row(m, 0), row(m, 1))));                     // [B, N, C]
        y = plus(y, attendTo(words, y, looks));
        return plus(y, row(m, 5), narrow.forward(gelu(widen.forward(modulate(y, row(m, 3), row(m, 4))))));
    }

    private Tensor attend(Tensor x) {
        Tensor qkv = toQueriesKeysValues.forward(x);                                                       // [B, N, 3C]
        return fromHeads.forward(Attention.attend(
                qkv.narrow(2, 0, hidden), qkv.narrow(2, hidden, hidden), qkv.narrow(2, 2L * hidden, hidden), heads));
    }

    private Tensor attendTo(Words words, Tensor x, Consumer<Tensor> looks) {
        Tensor q = toWordQueries.forward(x).view(words.keys().size(0), -1, hidden);                        // [G, B/G · N, C]
        double scale = 1 / Math.sqrt((double) hidden / heads);
        if (looks != null) looks.accept(Attention.scores(q, words.keys(), heads, scale, words.bias()));
        Tensor seen = Attention.attend(q, words.keys(), words.values(), heads, scale, words.bias());
        return fromWords.forward(seen).view(x.shape());                                                    // [B, N, C]
    }

    private static Tensor row(Tensor modulation, int i) {
        return modulation.narrow(1, i, 1);                                                                 // [B, 1, C]
    }

    /** LN(x) · (1 + scale) + shift; with one time for the whole batch the norm itself scales and shifts. */
    static Tensor modulate(Tensor x, Tensor shift, Tensor scale) {
        if (shift.size(0) == 1) return x.layerNorm(scale.view(-1).add(1), shift.view(-1), EPS);
        return shift.addProduct(x.layerNorm(null, null, EPS), scale.add(1));
    }

    // Own tensors that no gradient needs are overwritten: fresh ones of this size cost as much as the arithmetic.

    private static Tensor plus(Tensor own, Tensor x) {
        return own.needsGradient() || x.needsGradient() ? own.add(x) : own.add_(x);
    }

    private static Tensor plus(Tensor own, Tensor gate, Tensor x) {
        return own.needsGradient() || x.needsGradient() ? own.addProduct(gate, x) : own.addProduct_(gate, x, 1);
    }

    private static Tensor gelu(Tensor own) {
        return own.needsGradient() ? own.geluTanh() : own.geluTanh_();
    }
}

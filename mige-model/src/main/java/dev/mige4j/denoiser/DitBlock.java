package dev.mige4j.denoiser;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Attention;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/**
 * One block of the diffusion transformer: self-attention, cross-attention to the text, and MLP.
 *
 * <pre>
 *   [shift_a, scale_a, gate_a, shift_m, scale_m, gate_m] = table + t0
 *   x = x + gate_a · SelfAttention(LN(x) · (1 + scale_a) + shift_a)
 *   x = x + CrossAttention(x, text)
 *   x = x + gate_m · MLP(LN(x) · (1 + scale_m) + shift_m)
 * </pre>
 *
 * <p>LN has no weights. The cross-attention has neither norm nor gate. Source: MIGE's denoiser, PixArt-α's block;
 * docs/specification/diffusion.md section 1.5.
 */
public final class DitBlock {

    /**
     * The text's keys and values in the cross-attention of one block. They do not depend on x or t, so sampling
     * computes them once per request.
     *
     * @param keys [G, L, C]; row g serves B/G consecutive items
     * @param values [G, L, C]
     * @param attentionBias [G, heads, 1, L], minus infinity at padding; null where no row is padded
     */
    public record TextKeyValues(Tensor keys, Tensor values, Tensor attentionBias) {}

    private static final double EPS = 1e-6;

    private final int hiddenSize, heads;
    private final AttentionProcessor crossAttention;
    private final Tensor scaleShiftTable;
    private final Linear selfQkv, selfProj;
    private final Linear crossQuery, crossKeyValue, crossProj;
    private final Linear fc1, fc2;

    /** Creates a block with the {@link AttentionProcessor#DEFAULT default} cross-attention. */
    public DitBlock(Denoiser.Config config, Weights weights) {
        this(config, weights, AttentionProcessor.DEFAULT);
    }

    /** @param crossAttention computes the attention of the tokens [B, N, C] to the text */
    public DitBlock(Denoiser.Config config, Weights weights, AttentionProcessor crossAttention) {
        int c = config.hiddenSize();
        Weights self = weights.at("attn"), cross = weights.at("cross_attn"), mlp = weights.at("mlp");
        this.hiddenSize = c;
        this.heads = config.heads();
        this.crossAttention = crossAttention;
        scaleShiftTable = weights.get("scale_shift_table", Init.normal(1 / Math.sqrt(c)), 6, c);
        selfQkv = new Linear(self.at("qkv"), c, 3L * c);
        selfProj = new Linear(self.at("proj"), c, c);
        crossQuery = new Linear(cross.at("q_linear"), c, c);
        crossKeyValue = new Linear(cross.at("kv_linear"), c, 2L * c);
        crossProj = Linear.zeroInit(cross.at("proj"), c, c); // training starts without influence of the text
        fc1 = new Linear(mlp.at("fc1"), c, config.mlpWidth());
        fc2 = new Linear(mlp.at("fc2"), config.mlpWidth(), c);
    }

    /** Keys and values of projected text [G, L, C]; bias as in {@link TextKeyValues}. */
    public TextKeyValues textKeyValues(Tensor text, Tensor bias) {
        Tensor keyValue = crossKeyValue.forward(text); // [G, L, 2C]
        return new TextKeyValues(keyValue.narrow(2, 0, hiddenSize), keyValue.narrow(2, hiddenSize, hiddenSize), bias);
    }

    /** Image tokens [B, N, C] and t0 [B, 6, C] (or [1, 6, C] for all items) to image tokens; x is not modified. */
    public Tensor forward(Tensor x, TextKeyValues text, Tensor t0) {
        Tensor modulation = scaleShiftTable.typeAs(x).unsqueeze(0).add(t0); // [B, 6, C]
        Tensor y = x.addcmul(
                modulationRow(modulation, 2),
                selfAttention(modulate(x, modulationRow(modulation, 0), modulationRow(modulation, 1)))); // [B, N, C]
        y = addResidual(y, crossAttention(text, y));
        return addResidual(
                y,
                modulationRow(modulation, 5),
                fc2.forward(
                        gelu(fc1.forward(modulate(y, modulationRow(modulation, 3), modulationRow(modulation, 4))))));
    }

    private Tensor selfAttention(Tensor x) {
        Tensor qkv = selfQkv.forward(x); // [B, N, 3C]
        return selfProj.forward(Attention.attend(
                qkv.narrow(2, 0, hiddenSize),
                qkv.narrow(2, hiddenSize, hiddenSize),
                qkv.narrow(2, 2L * hiddenSize, hiddenSize),
                heads));
    }

    private Tensor crossAttention(TextKeyValues text, Tensor x) {
        Tensor q = crossQuery.forward(x).view(text.keys().size(0), -1, hiddenSize); // [G, B/G · N, C]
        double scale = 1 / Math.sqrt((double) hiddenSize / heads);
        Tensor attentionOutput =
                crossAttention.attend(q, text.keys(), text.values(), heads, scale, text.attentionBias());
        return crossProj.forward(attentionOutput).view(x.shape()); // [B, N, C]
    }

    private static Tensor modulationRow(Tensor modulation, int i) {
        return modulation.narrow(1, i, 1); // [B, 1, C]
    }

    /** LN(x) · (1 + scale) + shift; with a single timestep for the batch, the layer norm itself scales and shifts. */
    static Tensor modulate(Tensor x, Tensor shift, Tensor scale) {
        if (shift.size(0) == 1) return x.layerNorm(scale.view(-1).add(1), shift.view(-1), EPS);
        return shift.addcmul(x.layerNorm(null, null, EPS), scale.add(1));
    }

    // Intermediate tensors that no gradient needs are overwritten: allocating new ones costs as much as the arithmetic.

    private static Tensor addResidual(Tensor own, Tensor x) {
        return own.requiresGrad() || x.requiresGrad() ? own.add(x) : own.add_(x);
    }

    private static Tensor addResidual(Tensor own, Tensor gate, Tensor x) {
        return own.requiresGrad() || x.requiresGrad() ? own.addcmul(gate, x) : own.addcmul_(gate, x, 1);
    }

    private static Tensor gelu(Tensor own) {
        return own.requiresGrad() ? own.geluTanh() : own.geluTanh_();
    }
}

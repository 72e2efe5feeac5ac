package dev.mige4j.denoiser;

import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

/**
 * A denoiser that has read one request: what remains depends on x and t alone. Made by {@link Denoiser#prepare}; keeps
 * no state of its own.
 */
public final class PreparedDenoiser implements Scope.TensorHolder {

    private final Denoiser denoiser;
    private final int branches;
    private final Tensor sourceTokens; // canvas patches + bias + positions
    private final List<DitBlock.TextKeyValues> textKeyValues; // one a block
    private final TimestepRounding rounding;

    PreparedDenoiser(
            Denoiser denoiser,
            int branches,
            Tensor sourceTokens,
            List<DitBlock.TextKeyValues> textKeyValues,
            TimestepRounding rounding) {
        this.denoiser = denoiser;
        this.branches = branches;
        this.sourceTokens = sourceTokens;
        this.textKeyValues = List.copyOf(textKeyValues);
        this.rounding = rounding;
    }

    /**
     * All branches of x [B, c, h, w] at time t, 0 to 999, in one batch: [branches · B, 2c, h, w], all items of the
     * first branch first. x is not modified.
     */
    public Tensor predict(Tensor x, double t) {
        return denoiser.predictPrepared(this, x, t);
    }

    int branches() {
        return branches;
    }

    Tensor sourceTokens() {
        return sourceTokens;
    }

    List<DitBlock.TextKeyValues> textKeyValues() {
        return textKeyValues;
    }

    TimestepRounding rounding() {
        return rounding;
    }

    @Override
    public void forEachTensor(Consumer<Tensor> visit) {
        visit.accept(sourceTokens);
        for (DitBlock.TextKeyValues w : textKeyValues) {
            visit.accept(w.keys());
            visit.accept(w.values());
            if (w.attentionBias() != null) visit.accept(w.attentionBias());
        }
    }
}

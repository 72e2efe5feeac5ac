package dev.mige4j.denoiser;

import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;

/**
 * A {@link Denoiser} with everything precomputed that stays the same for all sampling steps of a request. Created by
 * {@link Denoiser#prepare}; immutable.
 */
public final class PreparedDenoiser implements Scope.TensorHolder {

    private final Denoiser denoiser;
    private final int branches;
    private final Tensor sourceTokens; // source part of the patches, bias and positions
    private final List<DitBlock.TextKeyValues> textKeyValues; // one per block
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
     * Runs all branches for x [B, c, h, w] at timestep t, 0 to 999, in one batch; x is not modified.
     *
     * @return [branches · B, 2c, h, w], all items of the first branch first
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
        for (DitBlock.TextKeyValues text : textKeyValues) {
            visit.accept(text.keys());
            visit.accept(text.values());
            if (text.attentionBias() != null) visit.accept(text.attentionBias());
        }
    }
}

package mige.denoiser;

import java.util.List;
import java.util.function.Consumer;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/** A denoiser that has read one request: what remains depends on x and t alone. Made by {@link Denoiser#prepare}; keeps no state of its own. */
public final class Prepared implements Scope.Holder {

    private final Denoiser denoiser;
    private final int branches;
    private final Tensor ground;                 // canvas patches + bias + positions
    private final List<DitBlock.Words> words;    // one a block
    private final Rounding rounding;

    Prepared(Denoiser denoiser, int branches, Tensor ground, List<DitBlock.Words> words, Rounding rounding) {
        this.denoiser = denoiser;
        this.branches = branches;
        this.ground = ground;
        this.words = List.copyOf(words);
        this.rounding = rounding;
    }

    /**
     * All branches of x [B, c, h, w] at time t, 0 to 999, in one batch: [branches · B, 2c, h, w], all items of the first branch first.
     * x is not modified.
     */
    public Tensor predict(Tensor x, double t) {
        return denoiser.step(this, x, t);
    }

    int branches() {
        return branches;
    }

    Tensor ground() {
        return ground;
    }

    List<DitBlock.Words> words() {
        return words;
    }

    Rounding rounding() {
        return rounding;
    }

    @Override
    public void eachTensor(Consumer<Tensor> visit) {
        visit.accept(ground);
        for (DitBlock.Words w : words) {
            visit.accept(w.keys());
            visit.accept(w.values());
            if (w.bias() != null) visit.accept(w.bias());
        }
    }
}

package mige.tensor.nn;

import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

/** A table of vectors, one a token id; key {@code weight} [vocabulary, width]. */
public final class Embedding {

    private final Tensor table;

    public Embedding(Weights weights, long vocabulary, long width) {
        table = weights.get("weight", Birth.normal(1), vocabulary, width);
    }

    /** Ids (int64, any shape) to vectors [..., width]. */
    public Tensor forward(Tensor ids) {
        return table.lookup(ids);
    }

    /** The whole table [vocabulary, width]. */
    public Tensor table() {
        return table;
    }
}

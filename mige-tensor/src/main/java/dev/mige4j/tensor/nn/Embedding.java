package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/** Table of vectors, looked up by index; key {@code weight} [V, D]. */
public final class Embedding {

    private final Tensor weight;

    /** {@code numEmbeddings} (V) vectors of {@code embeddingDim} (D) values. */
    public Embedding(Weights weights, long numEmbeddings, long embeddingDim) {
        weight = weights.get("weight", Init.normal(1), numEmbeddings, embeddingDim);
    }

    /** int64 ids of any shape [...] to vectors [..., D]. */
    public Tensor forward(Tensor ids) {
        return weight.embedding(ids);
    }

    /** The table [V, D]. */
    public Tensor weight() {
        return weight;
    }
}

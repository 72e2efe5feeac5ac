package dev.mige4j.tensor.nn;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;

/** A table of vectors, one a token id; key {@code weight} [vocabulary, width]. */
public final class Embedding {

    private final Tensor weight;

    public Embedding(Weights weights, long numEmbeddings, long embeddingDim) {
        weight = weights.get("weight", Init.normal(1), numEmbeddings, embeddingDim);
    }

    /** Ids (int64, any shape) to vectors [..., width]. */
    public Tensor forward(Tensor ids) {
        return weight.embedding(ids);
    }

    /** The whole table [vocabulary, width]. */
    public Tensor weight() {
        return weight;
    }
}

package dev.mige4j.eval.embedding;

import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Runs a network on a list of inputs, batch by batch, without recording gradients. */
final class EmbeddingBatches {

    private static final int BATCH_SIZE = 32;

    private EmbeddingBatches() {}

    /** The rows that {@code network} returns for batches of the inputs, in order. */
    static <T> List<float[]> embed(List<T> inputs, Function<List<T>, Tensor> network) {
        List<float[]> embeddings = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i += BATCH_SIZE) {
            List<T> batch = inputs.subList(i, Math.min(inputs.size(), i + BATCH_SIZE));
            float[] values =
                    Scope.scoped(() -> Tensor.noGrad(() -> network.apply(batch).toFloatArray())); // [batch, width]
            int width = values.length / batch.size();
            for (int row = 0; row < batch.size(); row++)
                embeddings.add(Arrays.copyOfRange(values, row * width, (row + 1) * width));
        }
        return embeddings;
    }
}

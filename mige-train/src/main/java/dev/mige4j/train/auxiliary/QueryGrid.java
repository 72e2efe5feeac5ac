package dev.mige4j.train.auxiliary;

import dev.mige4j.pipeline.ModelConfig;

/**
 * Which query of an image represents which of its patches.
 *
 * <p>If the queries form a square grid whose side divides that of the patches, a query represents the square of patches
 * at its place; otherwise the i-th query represents the i-th share of the patches, row by row.
 *
 * @param queries number of queries
 * @param patchesPerSide patches along a side of an image
 */
record QueryGrid(int queries, int patchesPerSide) {

    static QueryGrid of(ModelConfig model) {
        return new QueryGrid(
                model.encoder().qFormer().numQueries(),
                model.latentSize() / model.denoiser().patchSize());
    }

    int patches() {
        return patchesPerSide * patchesPerSide;
    }

    /** The query of patch {@code row · patchesPerSide + column}. */
    int queryOf(int patch) {
        int side = (int) Math.round(Math.sqrt(queries));
        if (side * side != queries || patchesPerSide % side != 0) return (int) ((long) patch * queries / patches());
        int patchesPerQuery = patchesPerSide / side;
        return patch / patchesPerSide / patchesPerQuery * side + patch % patchesPerSide / patchesPerQuery;
    }
}

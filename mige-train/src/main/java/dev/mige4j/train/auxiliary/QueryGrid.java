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
        if (squareSide() == 0) return (int) ((long) patch * queries / patches());
        int side = squareSide();
        return patch / patchesPerSide / side * (patchesPerSide / side) + patch % patchesPerSide / side;
    }

    /** The place of a patch in the square of its query, row by row; 0 if queries represent no squares. */
    int placeInSquare(int patch) {
        int side = squareSide();
        return side == 0 ? 0 : patch / patchesPerSide % side * side + patch % patchesPerSide % side;
    }

    /** Side of the square of patches that a query represents; 0 if it represents no square. */
    int squareSide() {
        int side = (int) Math.round(Math.sqrt(queries));
        return side * side == queries && patchesPerSide % side == 0 ? patchesPerSide / side : 0;
    }
}

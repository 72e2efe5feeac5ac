package dev.mige4j.train.auxiliary;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QueryGridTest {

    @Test
    void aQueryRepresentsASquareOfPatches() {
        QueryGrid grid = new QueryGrid(64, 16);
        assertEquals(2, grid.squareSide());
        assertEquals(0, grid.queryOf(17)); // row 1, column 1
        assertEquals(9, grid.queryOf(2 * 16 + 3)); // row 2, column 3
        assertEquals(3, grid.placeInSquare(17));
        assertEquals(1, grid.placeInSquare(2 * 16 + 3));
    }

    @Test
    void asManyQueriesAsPatchesRepresentOneEach() {
        QueryGrid grid = new QueryGrid(64, 8);
        for (int patch = 0; patch < 64; patch++) assertEquals(patch, grid.queryOf(patch));
    }

    @Test
    void queriesThatFormNoSquareRepresentShares() {
        QueryGrid grid = new QueryGrid(32, 8);
        assertEquals(0, grid.squareSide());
        assertEquals(0, grid.queryOf(1));
        assertEquals(1, grid.queryOf(2));
        assertEquals(31, grid.queryOf(63));
    }
}

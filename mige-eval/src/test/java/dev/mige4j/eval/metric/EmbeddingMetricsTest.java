package dev.mige4j.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.ShapeException;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddingMetricsTest {
    final float[] east = {2, 0}, north = {0, 3}, northEast = {1, 1}, zero = {0, 0};

    @Test
    void measuresTheCosineOfEmbeddingsOfAnyLength() {
        assertEquals(1, EmbeddingMetrics.cosine(east, new float[] {5, 0}).number(), 1e-12);
        assertEquals(0, EmbeddingMetrics.cosine(east, north).number(), 1e-12);
        assertEquals(-1, EmbeddingMetrics.cosine(east, new float[] {-1, 0}).number(), 1e-12);
        assertEquals(Math.sqrt(0.5), EmbeddingMetrics.cosine(northEast, north).number(), 1e-12);
    }

    @Test
    void averagesOverAllReferences() {
        assertEquals(
                (1 + Math.sqrt(0.5)) / 2,
                EmbeddingMetrics.meanCosine(east, List.of(east, northEast)).number(),
                1e-12);
        assertFalse(EmbeddingMetrics.meanCosine(east, List.of()).isPresent());
    }

    @Test
    void measuresTheDirectionOfAChange() {
        assertEquals(
                Math.cos(Math.PI / 8),
                EmbeddingMetrics.direction(east, north, east, northEast).number(),
                1e-7);
        assertEquals(-1, EmbeddingMetrics.direction(east, north, north, east).number(), 1e-12);
        assertEquals(1, EmbeddingMetrics.direction(east, north, east, north).number(), 1e-12);
    }

    @Test
    void hasNoDirectionWithoutAChange() {
        assertEquals(
                "the output does not differ from the source",
                EmbeddingMetrics.direction(east, new float[] {4, 0}, east, north)
                        .reason());
        assertEquals(
                "the captions do not differ",
                EmbeddingMetrics.direction(east, north, east, east).reason());
        assertEquals(
                0, EmbeddingMetrics.directionOrZero(east, north, east, east).number());
        assertEquals(
                0, EmbeddingMetrics.directionOrZero(east, east, east, north).number());
    }

    @Test
    void isMissingForEmbeddingsThatAreZeroOrNotFinite() {
        float[] broken = {Float.NaN, 1};
        for (float[] embedding : List.of(zero, broken, new float[] {Float.POSITIVE_INFINITY, 1})) {
            assertEquals(
                    "the result is not a number",
                    EmbeddingMetrics.cosine(embedding, east).reason());
            assertFalse(EmbeddingMetrics.direction(embedding, east, east, north).isPresent());
            assertFalse(EmbeddingMetrics.directionOrZero(east, embedding, east, north)
                    .isPresent());
        }
    }

    @Test
    void rejectsEmbeddingsOfDifferentLengths() {
        var e = assertThrows(ShapeException.class, () -> EmbeddingMetrics.cosine(east, new float[3]));
        assertEquals("The embeddings have 2 and 3 elements, expected the same number.", e.getMessage());
    }
}

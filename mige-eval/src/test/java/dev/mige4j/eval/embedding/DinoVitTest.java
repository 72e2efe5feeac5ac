package dev.mige4j.eval.embedding;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.eval.embedding.DinoVit.PositionInterpolation;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import org.junit.jupiter.api.Test;

class DinoVitTest {

    static final VisionTransformer.Config TINY = new VisionTransformer.Config(8, 2, 12, 2, 2, 20);

    final DinoVit dino = new DinoVit(TINY, HubVitWeights.of(Weights.random(1)));
    final Tensor images = new Rng(1, 0).normal(3, 3, 8, 8);

    @Test
    void hasOneFeatureVectorPerImage() {
        assertArrayEquals(new long[] {3, 12}, dino.forward(images).shape());
        assertClose(dino.forward(images).row(2), dino.forward(images.row(2)), 1e-5);
    }

    @Test
    void adaptsThePositionsToImagesOfAnotherSize() {
        Tensor wide = new Rng(2, 0).normal(1, 3, 10, 16);
        Tensor original = dino.forward(wide), hub = dino.forward(wide, PositionInterpolation.HUB);
        assertArrayEquals(new long[] {1, 12}, original.shape());
        assertTrue(original.sub(hub).abs().sum().item() > 1e-3, "the two interpolations differ");
        assertClose(dino.forward(images), dino.forward(images, PositionInterpolation.HUB), 0);
    }

    @Test
    void keepsThePositionOfTheClassTokenWhateverTheSize() {
        Tensor stored = dino.positionEmbedding(4, 4, PositionInterpolation.HUB),
                doubled = dino.positionEmbedding(8, 8, PositionInterpolation.HUB);
        assertArrayEquals(new long[] {1, 65, 12}, doubled.shape());
        assertClose(stored.row(0).narrow(1, 0, 1), doubled.narrow(1, 0, 1), 0);
    }
}

package dev.mige4j.train.auxiliary;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReconstructionLossTest {

    private static final int WIDTH = ModelConfig.TINY.encoder().text().width();

    final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    final ReconstructionLoss loss = new ReconstructionLoss(
            new ReconstructionLoss.Config(1, 0.2),
            ModelConfig.TINY,
            Weights.fresh(1).recordingInto(namedTensors));
    final Tensor latents = new Rng(2, 0).normal(2, 4, 8, 8), zeroSource = Tensor.zeros(2, 4, 8, 8);

    private static Tensor states(double first, double second) {
        Tensor rows = Tensor.zeros(2, 4, WIDTH);
        rows.narrow(0, 0, 1).narrow(1, 0, 2).fill_(first);
        rows.narrow(0, 1, 1).fill_(second);
        return rows;
    }

    @Test
    void zeroStatesGiveTheFullDifferenceLoss() {
        Tensor difference = latents.avgPool2d(2);
        Tensor energy = difference.mul(difference).view(2, -1).mean(false, 1);
        assertEquals(
                energy.div(energy.add(0.02)).mean().item(),
                loss.differenceLoss(new Conditioning(states(0, 0), new int[] {2, 4}), latents, zeroSource)
                        .item(),
                1e-6);
    }

    @Test
    void ignoresPadding() {
        Tensor longer = Tensor.cat(1, states(0.5, -0.5), Tensor.zeros(2, 3, WIDTH));
        int[] lengths = {2, 4};
        assertEquals(
                loss.differenceLoss(new Conditioning(states(0.5, -0.5), lengths), latents, zeroSource)
                        .item(),
                loss.differenceLoss(new Conditioning(longer, lengths), latents, zeroSource)
                        .item(),
                1e-6);
    }

    @Test
    void everyQueryReceivesAGradient() {
        Tensor states = new Rng(2, 1).normal(2, 6, WIDTH).requiresGrad_(true);
        List<SequenceLayout> layouts = List.of(
                SequenceLayout.of(List.of(new int[] {7}, new int[] {8}), 4, 3, 99, 1),
                SequenceLayout.of(List.of(new int[] {}, new int[] {}), 4, 3, 99, 1));
        loss.referenceLosses(new Conditioning(states, new int[] {6, 4}), layouts, new int[] {1, 1}, latents)
                .reconstruction()
                .backward();
        float[] hasGradient = new float[12];
        for (int position = 0; position < 12; position++)
            hasGradient[position] =
                    states.grad().view(12, WIDTH).select(0, position).norm().item() > 1e-4 ? 1 : 0;
        assertArrayEquals(
                new float[] {0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0},
                hasGradient); // token, image, token, end; image, end, padding
    }

    @Test
    void classifiesPatchesByTheirEmbedding() {
        List<SequenceLayout> layouts = List.of(SequenceLayout.of(
                List.of(new int[] {}, new int[] {7}, new int[] {}), 4, 3, 99, 1)); // image, token, image, end
        Tensor patchEmbeddings = namedTensors.get("sketch.places").detach();
        Tensor correct = Tensor.cat(
                        0,
                        patchEmbeddings.narrow(0, 0, 3),
                        Tensor.zeros(1, WIDTH),
                        patchEmbeddings.narrow(0, 3, 3),
                        Tensor.zeros(1, WIDTH))
                .unsqueeze(0);
        Tensor swapped = Tensor.cat(
                        0,
                        patchEmbeddings.narrow(0, 3, 3),
                        Tensor.zeros(1, WIDTH),
                        patchEmbeddings.narrow(0, 0, 3),
                        Tensor.zeros(1, WIDTH))
                .unsqueeze(0);
        assertEquals(Math.log(12), patchClassification(Tensor.zeros(1, 8, WIDTH), layouts), 1e-5);
        assertTrue(
                patchClassification(correct, layouts) < 0.5 * Math.log(12),
                "the right classes: " + patchClassification(correct, layouts));
        assertTrue(
                patchClassification(swapped, layouts) > Math.log(12),
                "the images swapped: " + patchClassification(swapped, layouts));
    }

    private double patchClassification(Tensor states, List<SequenceLayout> layouts) {
        return loss.referenceLosses(new Conditioning(states, new int[] {8}), layouts, new int[] {2}, latents)
                .patchClassification()
                .item();
    }

    @Test
    void ignoresTruncatedReferences() {
        SequenceLayout truncated = SequenceLayout.of(List.of(new int[] {7}, new int[] {8}), 4, 3, 3, 1);
        ReconstructionLoss.ReferenceLosses losses = loss.referenceLosses(
                new Conditioning(states(1, 1).narrow(0, 0, 1), new int[] {3}),
                List.of(truncated),
                new int[] {1},
                latents.narrow(0, 0, 1));
        assertEquals(0, losses.reconstruction().item());
        assertEquals(0, losses.patchClassification().item());
    }
}

package dev.mige4j.train.auxiliary;

import dev.mige4j.common.UsageException;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Helps an encoder that nobody has trained before to say something from the first step: linear maps have to sketch
 * pictures from it and to tell its places apart.
 *
 * <pre>
 *   change  = W · mean over places of said + b              target − canvas of each instruction, pooled to 4 × 4 cells
 *   shown_i = V · said at the place of query i + c           the i-th share of a reference, cut into 8 × 8 patches, row by row
 *   loss    = mean over instructions and references of  |sketch − wanted|² / (|wanted|² + 0.02)       | |²: mean of squares
 *   place   = cross entropy of  10 · cos(said at the place of query i of picture s, P_si)             over all queries and pictures
 * </pre>
 *
 * <p>The denoiser's cross-attention begins by averaging all places alike, so what it hears at first is this mean; of
 * places that say their own word only, an instruction's one telling word is a fortieth of it, and a small model ignores
 * that for 100,000 samples. And it has no other way to tell the places apart than what they say, so each has to say
 * which patches of which picture it speaks of: without, the text encoder keeps what was seen and drops where, and every
 * reference is drawn as a blob of the right colour. The maps are thrown away after training. Not part of the reference,
 * whose T5 and Q-Former come trained.
 */
public final class ReconstructionLoss {

    private static final int DIFFERENCE_GRID = 4, REFERENCE_GRID = 8;
    /** So that a change of nearly nothing does not count more than a visible one. */
    private static final double ENERGY_FLOOR = 0.02;
    /** So low that a good part of what is said must be the place, as the denoiser's keys have to find it. */
    private static final double LOGIT_SCALE = 10;

    private final int patchSize;
    private final Linear differenceHead, referenceHead;
    private final Tensor patchEmbeddings;

    /** What is said of references: how far its drawing misses them, and how unsure the places are. */
    public record ReferenceLosses(Tensor reconstruction, Tensor patchClassification) {}

    /**
     * For latents [channels, latentSide, latentSide] and embeddings of {@code width} numbers by {@code queries} queries
     * of up to {@code slots} pictures.
     */
    public ReconstructionLoss(int width, int channels, int latentSize, int queries, int slots, Weights weights) {
        if (latentSize % REFERENCE_GRID != 0)
            throw new UsageException(
                    "the sketch needs latents of a multiple of %d cells a side, these have %d; set \"sketch\": 0",
                    REFERENCE_GRID, latentSize);
        patchSize = latentSize / REFERENCE_GRID;
        differenceHead = new Linear(
                weights.at("sketch").at("change"),
                width,
                (long) channels * DIFFERENCE_GRID * DIFFERENCE_GRID,
                Init.LECUN_NORMAL,
                Init.ZEROS);
        referenceHead = new Linear(
                weights.at("sketch").at("shown"),
                width,
                (long) channels * patchSize * patchSize * (REFERENCE_GRID * REFERENCE_GRID / queries),
                Init.LECUN_NORMAL,
                Init.ZEROS);
        patchEmbeddings = weights.at("sketch").get("places", Init.normal(1), (long) slots * queries, width);
    }

    /** The loss of the words said for latents [B, c, h, w] on canvases of that shape, in one unit. */
    public Tensor differenceLoss(Conditioning conditioning, Tensor latents, Tensor source) {
        int n = conditioning.lengths().length;
        float[] inverseLengths = new float[n];
        for (int i = 0; i < n; i++) inverseLengths[i] = 1f / conditioning.lengths()[i];
        Tensor pooledStates = conditioning
                .states()
                .to(DType.F32)
                .sum(false, 1)
                .mul(Tensor.of(inverseLengths, n, 1)); // [B, E]; padding is zero
        return relativeSquaredError(
                differenceHead.forward(pooledStates), pool(latents.sub(source)).reshape(n, -1)); // [B, c · 4 · 4]
    }

    /**
     * The losses of what is said at the places of references with latents [n, c, h, w], {@code counts} of them an item,
     * in order. A reference that an instruction too long has cut off is not asked for.
     */
    public ReferenceLosses referenceLosses(
            Conditioning conditioning, List<SequenceLayout> layouts, int[] referenceCounts, Tensor latents) {
        LongStream.Builder rowBuilder = LongStream.builder(),
                classBuilder = LongStream.builder(),
                referenceBuilder = LongStream.builder();
        for (int i = 0, reference = 0; i < referenceCounts.length; i++) {
            int[] positions = layouts.get(i).tokens();
            int queries = layouts.get(i).tokensPerImage();
            for (int slot = 0; slot < referenceCounts[i]; slot++, reference++) {
                int first = -1 - slot * queries, start = 0;
                while (start < positions.length && positions[start] != first) start++;
                if (start + queries > positions.length) continue;
                referenceBuilder.add(reference);
                for (int position = start; position < start + queries; position++) {
                    rowBuilder.add(i * conditioning.states().size(1) + position);
                    classBuilder.add(-1 - positions[position]);
                }
            }
        }
        long[] references = referenceBuilder.build().toArray(),
                rows = rowBuilder.build().toArray();
        if (references.length == 0) return new ReferenceLosses(Tensor.zeros(), Tensor.zeros());
        Tensor queryStates = conditioning
                .states()
                .reshape(-1, conditioning.states().size(2))
                .indexSelect(0, Tensor.of(rows, rows.length))
                .to(DType.F32);
        Tensor predicted = referenceHead.forward(queryStates).view(references.length, -1); // [k, 64 · p · p · c]
        Tensor patches = latents.indexSelect(0, Tensor.of(references, references.length))
                .view(references.length, latents.size(1), REFERENCE_GRID, patchSize, REFERENCE_GRID, patchSize)
                .permute(0, 2, 4, 3, 5, 1)
                .reshape(references.length, -1);
        Tensor logProbabilities = queryStates
                .normalize()
                .matmul(patchEmbeddings.normalize().transpose(0, 1))
                .mul(LOGIT_SCALE)
                .logSoftmax(1); // [k · Q, S · Q]
        Tensor targetLogProbabilities =
                logProbabilities.gather(1, Tensor.of(classBuilder.build().toArray(), rows.length, 1));
        return new ReferenceLosses(
                relativeSquaredError(predicted, patches.narrow(1, 0, predicted.size(1))),
                targetLogProbabilities.mean().neg());
    }

    private static Tensor pool(Tensor latents) {
        return latents.avgPool2d(Math.toIntExact(latents.size(2)) / DIFFERENCE_GRID);
    }

    private static Tensor relativeSquaredError(Tensor prediction, Tensor expected) {
        Tensor error = prediction.sub(expected);
        return error.mul(error)
                .mean(false, 1)
                .div(expected.mul(expected).mean(false, 1).add(ENERGY_FLOOR))
                .mean();
    }
}

package dev.mige4j.train.dataset;

import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Puts records together into the tensors of a training step; every number of chance comes from (seed, sample).
 *
 * <p>A share of the samples that have references become <em>portraits</em>: one of the references is asked for by
 * itself on a blank canvas, and nothing else; so copying what was shown is learned before scenes, sizes and places come
 * into it.
 */
public final class BatchCollator {

    /**
     * A batch.
     *
     * @param targetLatents raw latents of the targets, drawn [B, c, h, w]
     * @param sourceLatents raw latents of the sources, drawn, zeros where there is none or it was dropped [B, c, h, w]
     * @param visionFeatures what the frozen tower saw of all references [n, T, W]; null when n is 0
     * @param referenceLatents raw latents of all references, drawn [n, c, h, w]; null when n is 0
     * @param referenceCounts how many references each item has
     * @param layouts where words and references stand in each item
     * @param noise standard normal [B, c, h, w]
     * @param timesteps times
     * @param textKept [B, 1, 1] 1 where the words stay, 0 where they were dropped
     * @param anyTextDropped whether any item lost its words
     * @param patchCorrespondence for each patch of each item's target the patch of its references that shows it,
     *     {@code reference · patches + patch}, -1 where none does; null for an item that lost its words, of which it is
     *     not known, or outside of training
     * @param mask [B, 1, h, w] share of each cell that the instruction changes, 0 to 1
     */
    public record Batch(
            Tensor targetLatents,
            Tensor sourceLatents,
            Tensor visionFeatures,
            Tensor referenceLatents,
            int[] referenceCounts,
            List<SequenceLayout> layouts,
            Tensor noise,
            int[] timesteps,
            Tensor textKept,
            boolean anyTextDropped,
            int[][] patchCorrespondence,
            Tensor mask) {}

    private final FeatureCache cache;
    private final FeatureCache.Spec spec;
    private final Function<List<int[]>, SequenceLayout> layoutOf;
    private final long seed;
    private final int numTimesteps;
    private final double singleSubjectRatio;
    private final List<int[]> singleSubjectPrompt;
    private final IntFunction<int[]> patchCorrespondence;
    private final int[] identityCorrespondence;

    /**
     * @param layoutOf where token ids and pictures stand, see {@link dev.mige4j.encoder.MultimodalEncoder#layout}
     * @param singleSubjectRatio share of portraits among the samples with references, 0 to 1
     * @param singleSubjectPrompt the token ids that ask for one, before and after its picture
     * @param patches patches of a picture
     * @param patchCorrespondence of a record, as in {@link Batch}; null where they are not known
     */
    public BatchCollator(
            FeatureCache cache,
            FeatureCache.Spec spec,
            Function<List<int[]>, SequenceLayout> layoutOf,
            long seed,
            int numTimesteps,
            double singleSubjectRatio,
            List<int[]> singleSubjectPrompt,
            int patches,
            IntFunction<int[]> patchCorrespondence) {
        this.cache = cache;
        this.spec = spec;
        this.layoutOf = layoutOf;
        this.seed = seed;
        this.numTimesteps = numTimesteps;
        this.singleSubjectRatio = singleSubjectRatio;
        this.singleSubjectPrompt = singleSubjectPrompt;
        this.patchCorrespondence = patchCorrespondence;
        identityCorrespondence = IntStream.range(0, patches).toArray();
    }

    /**
     * The batch of these records as samples {@code first}, {@code first + 1}, ...; conditions are dropped and portraits
     * made only in training.
     */
    public Batch collate(int[] records, long firstSample, boolean training) {
        int n = records.length, side = spec.latentSize(), latentElements = spec.latentChannels() * side * side;
        FeatureCache.FeatureRecord[] entries =
                Arrays.stream(records).mapToObj(cache::get).toArray(FeatureCache.FeatureRecord[]::new);
        SampleDraws[] draws = new SampleDraws[n];
        IntStream.range(0, n)
                .parallel()
                .forEach(i -> draws[i] = new SampleDraws(
                        new Rng(seed, firstSample + i),
                        latentElements,
                        entries[i].referenceIndices().length,
                        numTimesteps));
        int[][] correspondence = new int[n][];
        for (int i = 0; i < n; i++) {
            int references = entries[i].referenceIndices().length;
            boolean singleSubject = training && references > 0 && draws[i].singleSubjectDraw < singleSubjectRatio;
            if (training)
                correspondence[i] = singleSubject ? identityCorrespondence : patchCorrespondence.apply(records[i]);
            if (singleSubject)
                entries[i] = singleSubjectRecord(entries[i], (int) (draws[i].referenceDraw * references));
        }
        int[] counts = Arrays.stream(entries)
                .mapToInt(e -> e.referenceIndices().length)
                .toArray();
        int referenceTotal = Arrays.stream(counts).sum();

        float[] noise = new float[n * latentElements],
                posteriorNoise = new float[(2 * n + referenceTotal) * latentElements],
                textKept = new float[n],
                mask = new float[n * side * side];
        byte[] moments = new byte[(2 * n + referenceTotal) * spec.momentBytes()],
                visionFeatures = new byte[referenceTotal * spec.visionFeatureBytes()];
        int[] timesteps = new int[n];
        boolean anyTextDropped = false;
        for (int i = 0, reference = 2 * n, visionOffset = 0; i < n; i++) {
            FeatureCache.FeatureRecord e = entries[i];
            SampleDraws draw = draws[i];
            ConditioningDropout dropout =
                    training ? ConditioningDropout.of(draw.dropoutDraw) : ConditioningDropout.NONE;
            copyMoments(e.moments(), 0, moments, i);
            if (e.sourceIndex() >= 0 && !dropout.dropsSource())
                copyMoments(e.moments(), e.sourceIndex(), moments, n + i);
            System.arraycopy(draw.normals, 0, noise, i * latentElements, latentElements);
            System.arraycopy(draw.normals, latentElements, posteriorNoise, i * latentElements, latentElements);
            System.arraycopy(
                    draw.normals, 2 * latentElements, posteriorNoise, (n + i) * latentElements, latentElements);
            for (int r = 0; r < counts[i]; r++, reference++) {
                copyMoments(e.moments(), e.referenceIndices()[r], moments, reference);
                System.arraycopy(
                        draw.normals,
                        (3 + r) * latentElements,
                        posteriorNoise,
                        reference * latentElements,
                        latentElements);
            }
            e.visionFeatures()
                    .get(0, visionFeatures, visionOffset, e.visionFeatures().capacity());
            visionOffset += e.visionFeatures().capacity();
            timesteps[i] = draw.timestep;
            textKept[i] = dropout.dropsText() ? 0 : 1;
            anyTextDropped |= dropout.dropsText();
            if (dropout.dropsText()) correspondence[i] = null;
            for (int c = 0; c < side * side; c++) mask[i * side * side + c] = (e.mask()[c] & 255) / 255f;
        }
        int c = spec.latentChannels();
        Tensor momentTensor = Tensor.ofBytes(DType.BF16, moments, 2L * n + referenceTotal, 2L * c, side, side)
                .to(DType.F32);
        Tensor latents = momentTensor
                .narrow(1, 0, c)
                .addcmul(
                        momentTensor.narrow(1, c, c),
                        Tensor.of(posteriorNoise, 2L * n + referenceTotal, c, side, side));
        return new Batch(
                latents.narrow(0, 0, n),
                latents.narrow(0, n, n),
                referenceTotal == 0
                        ? null
                        : Tensor.ofBytes(
                                        DType.BF16,
                                        visionFeatures,
                                        referenceTotal,
                                        spec.visionTokens(),
                                        spec.visionWidth())
                                .to(DType.F32),
                referenceTotal == 0 ? null : latents.narrow(0, 2L * n, referenceTotal),
                counts,
                Arrays.stream(entries).map(e -> layoutOf.apply(e.segments())).toList(),
                Tensor.of(noise, n, c, side, side),
                timesteps,
                Tensor.of(textKept, n, 1, 1),
                anyTextDropped,
                correspondence,
                Tensor.of(mask, n, 1, side, side));
    }

    /** The record that asks for one reference of another: its only picture, and the target. */
    private FeatureCache.FeatureRecord singleSubjectRecord(FeatureCache.FeatureRecord record, int reference) {
        int momentBytes = spec.momentBytes(), visionFeatureBytes = spec.visionFeatureBytes();
        return new FeatureCache.FeatureRecord(
                record.taskKind(),
                -1,
                new int[] {0},
                singleSubjectPrompt,
                new byte[record.mask().length],
                record.moments().slice(record.referenceIndices()[reference] * momentBytes, momentBytes),
                record.visionFeatures().slice(reference * visionFeatureBytes, visionFeatureBytes));
    }

    /**
     * Picture {@code from} of a record to place {@code to}; a place that is not written keeps mean and deviation 0, a
     * blank canvas.
     */
    private void copyMoments(ByteBuffer moments, int imageIndex, byte[] target, int targetIndex) {
        moments.get(imageIndex * spec.momentBytes(), target, targetIndex * spec.momentBytes(), spec.momentBytes());
    }

    /** The chance of one sample. */
    private static final class SampleDraws {
        final int timestep;
        final double dropoutDraw, singleSubjectDraw, referenceDraw;
        final float[] normals;

        SampleDraws(Rng rng, int latentElements, int references, int numTimesteps) {
            timestep = rng.nextInt(numTimesteps);
            dropoutDraw = rng.nextDouble();
            normals = rng.nextGaussians((3 + references) * latentElements);
            singleSubjectDraw = rng.nextDouble();
            referenceDraw = rng.nextDouble();
        }
    }
}

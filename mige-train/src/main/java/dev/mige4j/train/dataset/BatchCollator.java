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
 * Collates cached records into a {@link TrainingBatch}. All random numbers of a sample are drawn from (seed, index of
 * the sample).
 */
public final class BatchCollator {

    /**
     * Samples that request one reference on a zero source and nothing else, so that copying a reference is learned
     * before scenes, sizes and positions.
     *
     * @param ratio share of these among the samples with references, 0 to 1
     * @param prompt token ids before and after the image
     * @param patches number of patches of an image
     */
    public record SingleSubject(double ratio, List<int[]> prompt, int patches) {}

    private final FeatureCache cache;
    private final FeatureCache.Spec spec;
    private final Function<List<int[]>, SequenceLayout> layoutOf;
    private final long seed;
    private final int numTimesteps;
    private final SingleSubject singleSubject;
    private final IntFunction<int[]> patchCorrespondence;
    private final int[] identityCorrespondence;

    /**
     * @param layoutOf positions of token ids and images, see {@link dev.mige4j.encoder.MultimodalEncoder#layout}
     * @param numTimesteps timesteps are drawn below this
     * @param patchCorrespondence of a record, as in {@link TrainingBatch}; may return null
     */
    public BatchCollator(
            FeatureCache cache,
            Function<List<int[]>, SequenceLayout> layoutOf,
            long seed,
            int numTimesteps,
            SingleSubject singleSubject,
            IntFunction<int[]> patchCorrespondence) {
        this.cache = cache;
        this.spec = cache.spec();
        this.layoutOf = layoutOf;
        this.seed = seed;
        this.numTimesteps = numTimesteps;
        this.singleSubject = singleSubject;
        this.patchCorrespondence = patchCorrespondence;
        identityCorrespondence = IntStream.range(0, singleSubject.patches()).toArray();
    }

    /** One sample: a record, possibly cut down to a single subject, and its random numbers. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sample(
            FeatureCache.FeatureRecord record, SampleDraws draws, ConditioningDropout dropout, int[] correspondence) {
        int references() {
            return record.referenceIndices().length;
        }
    }

    /**
     * The batch of these records as samples {@code firstSample}, {@code firstSample + 1}, ... Conditions are dropped
     * and single-subject samples made only in training.
     */
    public TrainingBatch collate(int[] records, long firstSample, boolean training) {
        int n = records.length;
        Sample[] samples = new Sample[n];
        IntStream.range(0, n).parallel().forEach(i -> samples[i] = sample(records[i], firstSample + i, training));
        int references = Arrays.stream(samples).mapToInt(Sample::references).sum();
        Tensor latents = latents(samples, references);
        boolean anyTextDropped = Arrays.stream(samples).anyMatch(s -> s.dropout.dropsText());
        return new TrainingBatch(
                latents.narrow(0, 0, n),
                latents.narrow(0, n, n),
                references == 0 ? null : visionFeatures(samples, references),
                references == 0 ? null : latents.narrow(0, 2L * n, references),
                Arrays.stream(samples).mapToInt(Sample::references).toArray(),
                Arrays.stream(samples)
                        .map(s -> layoutOf.apply(s.record.segments()))
                        .toList(),
                noise(samples),
                Arrays.stream(samples).mapToInt(s -> s.draws.timestep).toArray(),
                textKept(samples),
                anyTextDropped,
                Arrays.stream(samples).map(Sample::correspondence).toArray(int[][]::new),
                mask(samples));
    }

    private Sample sample(int index, long number, boolean training) {
        FeatureCache.FeatureRecord record = cache.get(index);
        int references = record.referenceIndices().length;
        SampleDraws draws = new SampleDraws(new Rng(seed, number), latentElements(), references, numTimesteps);
        if (!training) return new Sample(record, draws, ConditioningDropout.NONE, null);
        ConditioningDropout dropout = ConditioningDropout.of(draws.dropoutDraw);
        boolean single = references > 0 && draws.singleSubjectDraw < singleSubject.ratio();
        int[] correspondence = null;
        if (!dropout.dropsText()) correspondence = single ? identityCorrespondence : patchCorrespondence.apply(index);
        return new Sample(
                single ? singleSubjectRecord(record, (int) (draws.referenceDraw * references)) : record,
                draws,
                dropout,
                correspondence);
    }

    /** The record that requests one reference of another record: its only image and its target. */
    private FeatureCache.FeatureRecord singleSubjectRecord(FeatureCache.FeatureRecord record, int reference) {
        int momentBytes = spec.momentBytes(), visionFeatureBytes = spec.visionFeatureBytes();
        return new FeatureCache.FeatureRecord(
                record.group(),
                record.task(),
                -1,
                new int[] {0},
                singleSubject.prompt(),
                new byte[record.mask().length],
                record.moments().slice(record.referenceIndices()[reference] * momentBytes, momentBytes),
                record.visionFeatures().slice(reference * visionFeatureBytes, visionFeatureBytes));
    }

    private int latentElements() {
        return spec.latentChannels() * spec.latentSize() * spec.latentSize();
    }

    /** Samples the latents of all targets, then all sources, then all references: [2n + r, c, h, w]. */
    private Tensor latents(Sample[] samples, int references) {
        int n = samples.length, total = 2 * n + references, elements = latentElements();
        float[] posteriorNoise = new float[total * elements];
        byte[] moments = new byte[total * spec.momentBytes()]; // mean and deviation 0 where nothing is copied
        for (int i = 0, reference = 2 * n; i < n; i++) {
            FeatureCache.FeatureRecord record = samples[i].record;
            float[] normals = samples[i].draws.normals;
            copyMoments(record.moments(), 0, moments, i);
            if (record.sourceIndex() >= 0 && !samples[i].dropout.dropsSource())
                copyMoments(record.moments(), record.sourceIndex(), moments, n + i);
            System.arraycopy(normals, elements, posteriorNoise, i * elements, elements);
            System.arraycopy(normals, 2 * elements, posteriorNoise, (n + i) * elements, elements);
            for (int r = 0; r < samples[i].references(); r++, reference++) {
                copyMoments(record.moments(), record.referenceIndices()[r], moments, reference);
                System.arraycopy(normals, (3 + r) * elements, posteriorNoise, reference * elements, elements);
            }
        }
        long c = spec.latentChannels(), side = spec.latentSize();
        Tensor momentTensor =
                Tensor.ofBytes(DType.BF16, moments, total, 2 * c, side, side).to(DType.F32);
        return momentTensor
                .narrow(1, 0, c)
                .addcmul(momentTensor.narrow(1, c, c), Tensor.of(posteriorNoise, total, c, side, side));
    }

    private void copyMoments(ByteBuffer moments, int imageIndex, byte[] target, int targetIndex) {
        moments.get(imageIndex * spec.momentBytes(), target, targetIndex * spec.momentBytes(), spec.momentBytes());
    }

    private Tensor visionFeatures(Sample[] samples, int references) {
        byte[] features = new byte[references * spec.visionFeatureBytes()];
        int offset = 0;
        for (Sample sample : samples) {
            ByteBuffer own = sample.record.visionFeatures();
            own.get(0, features, offset, own.capacity());
            offset += own.capacity();
        }
        return Tensor.ofBytes(DType.BF16, features, references, spec.visionTokens(), spec.visionWidth())
                .to(DType.F32);
    }

    private Tensor noise(Sample[] samples) {
        int elements = latentElements();
        float[] noise = new float[samples.length * elements];
        for (int i = 0; i < samples.length; i++)
            System.arraycopy(samples[i].draws.normals, 0, noise, i * elements, elements);
        return Tensor.of(noise, samples.length, spec.latentChannels(), spec.latentSize(), spec.latentSize());
    }

    private static Tensor textKept(Sample[] samples) {
        float[] kept = new float[samples.length];
        for (int i = 0; i < kept.length; i++) kept[i] = samples[i].dropout.dropsText() ? 0 : 1;
        return Tensor.of(kept, kept.length, 1, 1);
    }

    private Tensor mask(Sample[] samples) {
        int cells = spec.latentSize() * spec.latentSize();
        float[] mask = new float[samples.length * cells];
        for (int i = 0; i < samples.length; i++)
            for (int cell = 0; cell < cells; cell++)
                mask[i * cells + cell] = (samples[i].record.mask()[cell] & 255) / 255f;
        return Tensor.of(mask, samples.length, 1, spec.latentSize(), spec.latentSize());
    }

    /** The random numbers of one sample. */
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

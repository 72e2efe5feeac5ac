package dev.mige4j.train.dataset;

import dev.mige4j.encoder.SequenceLayout;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Collates cached records into a {@link TrainingBatch}. Which conditions of a sample are dropped and its timesteps are
 * drawn from (seed, index of the sample), the noise of the batch on the device from (seed, index of its first sample).
 */
public final class BatchCollator {

    /**
     * Samples that request one reference on a zero source and nothing else, so that copying a reference is learned
     * before scenes, sizes and positions.
     *
     * @param ratio share of these among the samples with references, 0 to 1
     * @param prompt token ids before and after the image
     */
    public record SingleSubject(double ratio, List<int[]> prompt) {}

    private final FeatureCache cache;
    private final FeatureCache.Spec spec;
    private final Function<List<int[]>, SequenceLayout> layoutOf;
    private final long seed;
    private final int draws;
    private final ToIntFunction<Rng> timestepOf;
    private final SingleSubject singleSubject;
    private final int[] identityCorrespondence;

    /**
     * @param layoutOf positions of token ids and images, see {@link dev.mige4j.encoder.MultimodalEncoder#layout}
     * @param draws timesteps and noises of each training sample
     * @param timestepOf draws a timestep, see {@link dev.mige4j.train.loss.DiffusionLoss#drawTimestep}
     */
    public BatchCollator(
            FeatureCache cache,
            Function<List<int[]>, SequenceLayout> layoutOf,
            long seed,
            int draws,
            ToIntFunction<Rng> timestepOf,
            SingleSubject singleSubject) {
        this.cache = cache;
        this.spec = cache.spec();
        this.layoutOf = layoutOf;
        this.seed = seed;
        this.draws = draws;
        this.timestepOf = timestepOf;
        this.singleSubject = singleSubject;
        identityCorrespondence =
                IntStream.range(0, spec.gridSize() * spec.gridSize()).toArray();
    }

    /** One sample: a record, possibly cut down to a single subject, and its random numbers. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sample(
            FeatureCache.FeatureRecord record, int[] timesteps, ConditioningDropout dropout, int[] correspondence) {
        int references() {
            return record.referenceIndices().length;
        }

        /** Which reference is the source; -1: none. */
        int sourceReference() {
            return record.sourceIndex() < 0
                    ? -1
                    : Arrays.stream(record.referenceIndices()).boxed().toList().indexOf(record.sourceIndex());
        }
    }

    /**
     * The batch of these records as samples {@code firstSample}, {@code firstSample + 1}, ... Conditions are dropped
     * and single-subject samples made only in training.
     */
    public TrainingBatch collate(int[] records, long firstSample, boolean training) {
        int n = records.length, drawsPerSample = training ? draws : 1;
        Sample[] samples = new Sample[n];
        IntStream.range(0, n)
                .parallel()
                .forEach(i -> samples[i] = sample(records[i], firstSample + i, drawsPerSample, training));
        int references = Arrays.stream(samples).mapToInt(Sample::references).sum();
        Rng noiseSeeds = new Rng(seed, -1 - firstSample);
        Tensor latents = latents(samples, references, noiseSeeds.nextLong());
        long c = spec.latentChannels(), side = spec.latentSize();
        return new TrainingBatch(
                latents.narrow(0, 0, n),
                latents.narrow(0, n, n),
                references == 0 ? null : visionFeatures(samples, references),
                references == 0 ? null : latents.narrow(0, 2L * n, references),
                Arrays.stream(samples).mapToInt(Sample::references).toArray(),
                Arrays.stream(samples).mapToInt(Sample::sourceReference).toArray(),
                Arrays.stream(samples)
                        .map(s -> layoutOf.apply(s.record.segments()))
                        .toList(),
                Tensor.randn(noiseSeeds.nextLong(), (long) n * drawsPerSample, c, side, side),
                Arrays.stream(samples)
                        .flatMapToInt(s -> Arrays.stream(s.timesteps))
                        .toArray(),
                textKept(samples),
                Arrays.stream(samples).anyMatch(s -> s.dropout.dropsText()),
                Arrays.stream(samples).map(Sample::correspondence).toArray(int[][]::new),
                mask(samples));
    }

    private Sample sample(int index, long number, int drawsPerSample, boolean training) {
        FeatureCache.FeatureRecord record = cache.get(index);
        int references = record.referenceIndices().length;
        Rng rng = new Rng(seed, number);
        double dropoutDraw = rng.nextDouble(), singleSubjectDraw = rng.nextDouble(), referenceDraw = rng.nextDouble();
        int[] timesteps = new int[drawsPerSample];
        for (int draw = 0; draw < drawsPerSample; draw++) timesteps[draw] = timestepOf.applyAsInt(rng);
        if (!training) return new Sample(record, timesteps, ConditioningDropout.NONE, null);
        ConditioningDropout dropout = ConditioningDropout.of(dropoutDraw);
        boolean single = references > 0 && singleSubjectDraw < singleSubject.ratio();
        int[] correspondence = null;
        if (!dropout.dropsText()) correspondence = single ? identityCorrespondence : record.correspondence();
        return new Sample(
                single ? singleSubjectRecord(record, (int) (referenceDraw * references)) : record,
                timesteps,
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
                identityCorrespondence,
                new byte[record.mask().length],
                record.moments().slice(record.referenceIndices()[reference] * momentBytes, momentBytes),
                record.visionFeatures().slice(reference * visionFeatureBytes, visionFeatureBytes));
    }

    /** Samples the latents of all targets, then all sources, then all references: [2n + r, c, h, w]. */
    private Tensor latents(Sample[] samples, int references, long noiseSeed) {
        int n = samples.length, total = 2 * n + references;
        byte[] moments = new byte[total * spec.momentBytes()]; // mean and deviation 0 where nothing is copied
        for (int i = 0, reference = 2 * n; i < n; i++) {
            FeatureCache.FeatureRecord record = samples[i].record;
            copyMoments(record.moments(), 0, moments, i);
            if (record.sourceIndex() >= 0 && !samples[i].dropout.dropsSource())
                copyMoments(record.moments(), record.sourceIndex(), moments, n + i);
            for (int r = 0; r < samples[i].references(); r++, reference++)
                copyMoments(record.moments(), record.referenceIndices()[r], moments, reference);
        }
        long c = spec.latentChannels(), side = spec.latentSize();
        Tensor momentTensor =
                Tensor.ofBytes(DType.BF16, moments, total, 2 * c, side, side).to(DType.F32);
        return momentTensor
                .narrow(1, 0, c)
                .addcmul(momentTensor.narrow(1, c, c), Tensor.randn(noiseSeed, total, c, side, side));
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

    private static Tensor textKept(Sample[] samples) {
        float[] kept = new float[samples.length];
        for (int i = 0; i < kept.length; i++) kept[i] = samples[i].dropout.dropsText() ? 0 : 1;
        return Tensor.of(kept, kept.length, 1, 1);
    }

    private Tensor mask(Sample[] samples) {
        int cells = spec.latentSize() * spec.latentSize();
        byte[] mask = new byte[samples.length * cells];
        for (int i = 0; i < samples.length; i++) System.arraycopy(samples[i].record.mask(), 0, mask, i * cells, cells);
        return Tensor.of(mask, samples.length, 1, spec.latentSize(), spec.latentSize())
                .to(DType.F32)
                .div(255);
    }
}

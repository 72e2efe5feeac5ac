package dev.mige4j.train;

import dev.mige4j.common.CancelledException;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss;
import dev.mige4j.train.auxiliary.AuxiliaryLoss.EncodedBatch;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.ExampleSampler;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.loss.DiffusionLoss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The loss of {@link MigeTraining}: sample, collate, encode, denoise, add the auxiliary losses. While a batch is
 * computed, a thread of its own collates the next one.
 */
final class MigeObjective implements Trainer.Objective, AutoCloseable {

    private final MigeTrainingConfig config;
    private final ForwardPass forwardPass;
    private final List<AuxiliaryLoss> auxiliaryLosses;
    private final FeatureCache cache;
    private final ExampleSampler sampler;
    private final BatchCollator collator;
    private final MigeValidation validation;
    private final ExecutorService collating = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "batches");
        thread.setDaemon(true);
        return thread;
    });
    private Future<TrainingBatch> next; // the batch from nextSample on; null: none
    private long nextSample, previousSample = -1;

    /** @param auxiliaryLosses in the order of the configuration */
    MigeObjective(
            MigeTrainingConfig config,
            ForwardPass forwardPass,
            List<AuxiliaryLoss> auxiliaryLosses,
            FeatureCache cache,
            ExampleSampler sampler,
            BatchCollator collator,
            MigeValidation validation) {
        this.config = config;
        this.forwardPass = forwardPass;
        this.auxiliaryLosses = List.copyOf(auxiliaryLosses);
        this.cache = cache;
        this.sampler = sampler;
        this.collator = collator;
        this.validation = validation;
    }

    @Override
    public Trainer.Loss loss(long firstSample, int count) {
        try (TrainingBatch batch = nextBatch(firstSample, count)) {
            return loss(batch, firstSample);
        }
    }

    /** The batch that was prepared, or another one if the samples are not those that were expected. */
    private TrainingBatch nextBatch(long firstSample, int count) {
        Future<TrainingBatch> prepared = next != null && nextSample == firstSample ? next : collate(firstSample, count);
        long stride = previousSample < 0 ? count : firstSample - previousSample;
        previousSample = firstSample;
        try {
            TrainingBatch batch = prepared.get();
            if (batch.size() != count) throw new IllegalStateException("The batch size changed during the training.");
            nextSample = firstSample + stride;
            next = collate(nextSample, count);
            return batch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("The training was interrupted.");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) throw failure;
            throw new IllegalStateException(e.getCause());
        }
    }

    private Future<TrainingBatch> collate(long firstSample, int count) {
        return collating.submit(() -> Scope.scoped(
                () -> Tensor.noGrad(() -> collator.collate(sampler.sample(firstSample, count), firstSample, true))));
    }

    @Override
    public void close() {
        collating.shutdownNow();
        cache.close();
        try {
            collating.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Trainer.Loss loss(TrainingBatch batch, long firstSample) {
        auxiliaryLosses.forEach(loss -> loss.startBatch(batch));
        if (!config.network().gradientCheckpointing()) return loss(forwardPass.encode(batch), firstSample);
        ForwardPass.CheckpointedBatch checkpointed = forwardPass.encodeWithCheckpointing(batch);
        Trainer.Loss loss = loss(checkpointed.encoded(), firstSample);
        if (loss.mean().requiresGrad()) loss.mean().backwardRetainingGraph(); // an auxiliary loss may share the fusion
        Tensor value = loss.mean().detach();
        Tensor withGradient = checkpointed
                .surrogate()
                .get()
                .map(surrogate -> surrogate.sub(surrogate.detach()).add(value))
                .orElseGet(() -> value.requiresGrad_(true)); // all gradients are there
        return new Trainer.Loss(withGradient, loss.metrics());
    }

    private Trainer.Loss loss(EncodedBatch encoded, long firstSample) {
        Map<String, Tensor> metrics = new LinkedHashMap<>();
        boolean warmingUp = firstSample < config.auxiliary().warmupSamples();
        Tensor loss = warmingUp ? Tensor.zeros() : diffusionLoss(encoded, metrics);
        for (int i = 0; i < auxiliaryLosses.size(); i++) {
            AuxiliaryLoss.Result result = auxiliaryLosses.get(i).compute(encoded);
            metrics.putAll(result.metrics());
            loss = loss.add(result.loss().mul(config.auxiliary().losses().get(i).weight()));
        }
        return new Trainer.Loss(loss, metrics);
    }

    private Tensor diffusionLoss(EncodedBatch encoded, Map<String, Tensor> metrics) {
        return config.network().gradientCheckpointing()
                ? forwardPass.denoiseWithCheckpointing(encoded, losses -> mean(losses, metrics))
                : mean(forwardPass.denoise(encoded), metrics);
    }

    private static Tensor mean(DiffusionLoss.Losses losses, Map<String, Tensor> metrics) {
        losses.metrics()
                .forEach((name, values) -> metrics.put(name, values.mean().detach()));
        return losses.total().mean();
    }

    /** See {@link MigeTraining#heldOutLosses}. */
    List<HeldOutLoss> heldOutLosses(int draws) {
        return validation.lossesByExample(draws);
    }

    @Override
    public Map<String, Double> validate(long step, MetricsLog log) {
        Map<String, Double> metrics = validation.run(step, log);
        if (config.trainer().earlyStopping() == null) validation.export();
        return metrics;
    }

    @Override
    public void export() {
        validation.export();
    }
}

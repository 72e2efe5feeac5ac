package dev.mige4j.train;

import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.auxiliary.AuxiliaryLoss;
import dev.mige4j.train.auxiliary.AuxiliaryLoss.EncodedBatch;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.ExampleSampler;
import dev.mige4j.train.dataset.TrainingBatch;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.loss.DiffusionLoss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The loss of {@link MigeTraining}: sample, collate, encode, denoise, add the auxiliary losses. */
final class MigeObjective implements Trainer.Objective {

    private final MigeTrainingConfig config;
    private final ForwardPass forwardPass;
    private final List<AuxiliaryLoss> auxiliaryLosses;
    private final ExampleSampler sampler;
    private final BatchCollator collator;
    private final MigeValidation validation;

    /** @param auxiliaryLosses in the order of the configuration */
    MigeObjective(
            MigeTrainingConfig config,
            ForwardPass forwardPass,
            List<AuxiliaryLoss> auxiliaryLosses,
            ExampleSampler sampler,
            BatchCollator collator,
            MigeValidation validation) {
        this.config = config;
        this.forwardPass = forwardPass;
        this.auxiliaryLosses = List.copyOf(auxiliaryLosses);
        this.sampler = sampler;
        this.collator = collator;
        this.validation = validation;
    }

    @Override
    public Trainer.Loss loss(long firstSample, int count) {
        TrainingBatch batch = collator.collate(sampler.sample(firstSample, count), firstSample, true);
        auxiliaryLosses.forEach(loss -> loss.startBatch(batch));
        EncodedBatch encoded = forwardPass.encode(batch);
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

    @Override
    public void validate(long step, MetricsLog log) {
        validation.run(step, log);
    }

    @Override
    public void export() {
        validation.export();
    }
}

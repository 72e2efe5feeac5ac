package dev.mige4j.train;

import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.Linear;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.weights.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Two layers that learn a fixed linear map; sample n is drawn from (seed, n). */
final class ToyObjective implements Trainer.Objective {

    final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    final FlatParameters parameters;
    private final Linear first;
    private final Linear second;
    private final Tensor truth = new Rng(9, 9).normal(3, 5);

    ToyObjective(long seed) {
        this(seed, trainerConfig(1, 1, 1, 0));
    }

    /** Parameters that the configuration freezes are not trained. */
    ToyObjective(long seed, Trainer.Config config) {
        Weights weights = Weights.fresh(seed).recordingInto(namedTensors);
        first = new Linear(weights.at("first"), 5, 7);
        second = new Linear(weights.at("second"), 7, 3);
        Linear.zeroInit(weights.at("frozen"), 2, 2);
        parameters = config.flatten(namedTensors, key -> !key.startsWith("frozen"));
    }

    @Override
    public Trainer.Loss loss(long firstSample, int count) {
        float[] values = new float[count * 5];
        for (int i = 0; i < count; i++)
            System.arraycopy(new Rng(1, firstSample + i).nextGaussians(5), 0, values, i * 5, 5);
        Tensor x = Tensor.of(values, count, 5);
        Tensor error = second.forward(first.forward(x).silu()).sub(x.linear(truth, null));
        Tensor loss = error.mul(error).mean();
        return new Trainer.Loss(loss, Map.of("mse", loss));
    }

    static Trainer.Config trainerConfig(int batch, int accumulate, long steps, long saveEvery) {
        return new Trainer.Config(
                batch,
                accumulate,
                new LearningRateSchedule(1e-2, 5, steps, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                1.0,
                0.99,
                null,
                new Trainer.Intervals(5, 0, saveEvery, 0));
    }
}

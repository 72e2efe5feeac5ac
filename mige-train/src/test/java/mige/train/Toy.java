package mige.train;

import java.util.LinkedHashMap;
import java.util.Map;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import mige.tensor.nn.Linear;
import mige.weights.Weights;

/** Two layers that learn the sign pattern of a fixed matrix; sample n is drawn from (seed, n). */
final class Toy implements Loop.Objective {

    final Map<String, Tensor> handedOut = new LinkedHashMap<>();
    final Parameters parameters;
    private final Linear first;
    private final Linear second;
    private final Tensor truth = new Rng(9, 9).normal(3, 5);

    Toy(long seed) {
        Weights weights = Weights.fresh(seed).recordingInto(handedOut);
        first = new Linear(weights.at("first"), 5, 7);
        second = new Linear(weights.at("second"), 7, 3);
        Linear.zeroed(weights.at("frozen"), 2, 2);
        parameters = new Parameters(handedOut, key -> !key.startsWith("frozen"));
    }

    @Override
    public Loop.Loss loss(long firstSample, int count) {
        float[] values = new float[count * 5];
        for (int i = 0; i < count; i++) System.arraycopy(new Rng(1, firstSample + i).normals(5), 0, values, i * 5, 5);
        Tensor x = Tensor.of(values, count, 5);
        Tensor off = second.forward(first.forward(x).silu()).sub(x.linear(truth, null));
        Tensor loss = off.mul(off).mean();
        return new Loop.Loss(loss, Map.of("mse", loss));
    }

    static Loop.Plan plan(int batch, int accumulate, long steps, long saveEvery) {
        return new Loop.Plan(batch, accumulate, new Schedule(1e-2, 5, steps, 0), AdamW.Config.REFERENCE, 1.0, 0.99, 5, 0, saveEvery);
    }
}

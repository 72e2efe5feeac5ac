package dev.mige4j.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.CancelledException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.TensorAssertions;
import org.junit.jupiter.api.Test;

class AncestralSolverTest {

    private final NoiseSchedule schedule = NoiseSchedule.linear();
    private final Tensor clean = new Rng(4, 4).normal(1, 2, 3, 3), noise = new Rng(5, 5).normal(1, 2, 3, 3);

    /** A model that knows the clean latent. */
    private Tensor exactNoise(Tensor x, double t) {
        float time = (float) (t / 1000 + 0.001);
        return x.sub(clean.mul(schedule.alpha(time).item()))
                .div(schedule.sigma(time).item());
    }

    @Test
    void recoversTheCleanLatentWithAnExactModel() {
        Tensor result = new AncestralSolver(schedule, TimeGrid.UNIFORM, 0)
                .sample(noise, this::exactNoise, 12, new Rng(1, 1), DpmSolver.StepListener.NONE);
        TensorAssertions.assertClose(clean, result, 1e-3);
    }

    @Test
    void sameSeedGivesTheSameResult() {
        var solver = new AncestralSolver(schedule, TimeGrid.UNIFORM, 2);
        NoiseModel model = (x, t) -> x.mul(0.5);
        assertArrayEquals(
                solver.sample(noise, model, 6, new Rng(1, 1), DpmSolver.StepListener.NONE)
                        .toFloatArray(),
                solver.sample(noise, model, 6, new Rng(1, 1), DpmSolver.StepListener.NONE)
                        .toFloatArray());
    }

    @Test
    void clipsPredictions() {
        Tensor result = new AncestralSolver(schedule, TimeGrid.UNIFORM, 0.5)
                .sample(noise, (x, t) -> x.mul(-3), 4, new Rng(1, 1), DpmSolver.StepListener.NONE);
        assertEquals(0.5, result.abs().amax(false, 0, 1, 2, 3).item(), 1e-6);
    }

    @Test
    void stopsWhenTheListenerCancels() {
        assertThrows(CancelledException.class, () -> new AncestralSolver(schedule, TimeGrid.UNIFORM, 0)
                .sample(noise, this::exactNoise, 4, new Rng(1, 1), (done, total, preview) -> done < 2));
    }
}

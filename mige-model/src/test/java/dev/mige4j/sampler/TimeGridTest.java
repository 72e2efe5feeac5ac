package dev.mige4j.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.TensorAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TimeGridTest {

    private final NoiseSchedule schedule = NoiseSchedule.linear();

    @ParameterizedTest
    @EnumSource(TimeGrid.class)
    void descendsFromOneToAThousandth(TimeGrid grid) {
        for (int steps = 2; steps <= 60; steps++) {
            float[] times = grid.times(schedule, steps);
            assertEquals(steps + 1, times.length);
            assertEquals(1f, times[0]);
            assertEquals(0.001f, times[steps]);
            for (int i = 0; i < steps; i++) assertTrue(times[i] > times[i + 1], steps + " steps, time " + i);
        }
        assertThrows(UsageException.class, () -> grid.times(schedule, 1));
    }

    @Test
    void uniformIsTheGridOfTheReference() {
        assertArrayEquals(schedule.timesteps(50), TimeGrid.UNIFORM.times(schedule, 50));
    }

    @Test
    void alignYourStepsHasTheOptimizedLevelsAndTheirGeometricMeans() {
        float[] levels = sigmas(TimeGrid.ALIGN_YOUR_STEPS.times(schedule, 11)),
                twice = sigmas(TimeGrid.ALIGN_YOUR_STEPS.times(schedule, 21));
        assertEquals(14.6146, levels[1], 0.01);
        assertEquals(3.8637, levels[3], 0.002);
        assertEquals(0.1515, levels[10], 0.001);
        assertEquals(3.8637, twice[5], 0.002);
        assertEquals(Math.sqrt(3.8637 * 2.6946), twice[6], 0.002);
    }

    @ParameterizedTest
    @EnumSource(TimeGrid.class)
    void solversTakeTheirStepsAtItsTimes(TimeGrid grid) {
        Tensor noise = new Rng(5, 5).normal(1, 2, 3, 3);
        float[] times = grid.times(schedule, 6);
        for (boolean ancestral : new boolean[] {false, true}) {
            int[] step = {0};
            NoiseModel model = (x, t) -> {
                assertEquals(schedule.modelTimestep(times[step[0]++]), t, 1e-3);
                return x.mul(0.5);
            };
            Solver.of(ancestral, grid, 0).sample(noise, model, 6, new Rng(1, 1), DpmSolver.StepListener.NONE);
            assertEquals(6, step[0]);
        }
    }

    /** A step is exact for a model that always predicts the same clean latent, whatever its length. */
    @ParameterizedTest
    @EnumSource(TimeGrid.class)
    void recoversTheCleanLatentWithAnExactModel(TimeGrid grid) {
        Tensor clean = new Rng(4, 4).normal(1, 2, 3, 3), noise = new Rng(5, 5).normal(1, 2, 3, 3);
        NoiseModel exact = (x, t) -> {
            float time = (float) (t / 1000 + 0.001);
            return x.sub(clean.mul(schedule.alpha(time).item()))
                    .div(schedule.sigma(time).item());
        };
        Tensor result = Solver.of(false, grid, 0).sample(noise, exact, 6, new Rng(1, 1), DpmSolver.StepListener.NONE);
        TensorAssertions.assertClose(clean, result, 0.02);
    }

    /** sigma/alpha at each time. */
    private float[] sigmas(float[] times) {
        return schedule.lambda(times).neg().exp().toFloatArray();
    }
}

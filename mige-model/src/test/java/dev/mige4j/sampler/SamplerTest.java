package dev.mige4j.sampler;

import static dev.mige4j.tensor.TensorAssertions.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {

    final NoiseSchedule schedule = NoiseSchedule.linear();
    final DpmSolver solver = new DpmSolver(schedule);
    final Tensor noise = new Rng(1, 0).normal(2, 4, 3, 3);
    final NoiseModel model = (x, t) -> x.mul(0.3 + 0.0006 * t).add(0.02);
    final List<Tensor> three = List.of(
            new Rng(2, 0).normal(2, 4, 3, 3), new Rng(2, 1).normal(2, 4, 3, 3), new Rng(2, 2).normal(2, 4, 3, 3));

    @Test
    void alphaAndSigmaPreserveVariance() {
        Tensor sum = schedule.alpha(0.001f, 0.3f, 0.77f, 1)
                .pow(2)
                .add(schedule.sigma(0.001f, 0.3f, 0.77f, 1).pow(2));
        assertClose(Tensor.ones(4), sum, 1e-6);
    }

    @Test
    void lambdaCanBeInverted() {
        float[] t = {0.05f, 0.3f, 0.77f, 1};
        assertArrayEquals(t, schedule.inverseLambda(schedule.lambda(t).toFloatArray()), 1e-4f);
    }

    @Test
    void timestepsDescendFromOneToOneThousandth() {
        float[] t = schedule.timesteps(60);
        assertEquals(61, t.length);
        assertEquals(1f, t[0]);
        assertEquals(0.001f, t[60]);
        assertEquals(999f, schedule.modelTimestep(1), 1e-4f);
        for (int i = 1; i < t.length; i++) assertTrue(t[i] < t[i - 1]);
    }

    @Test
    void twoStepsMatchTheFirstOrderFormula() {
        float[] t = schedule.timesteps(2);
        double[] alpha = schedule.alpha(t).toDoubleArray(),
                sigma = schedule.sigma(t).toDoubleArray(),
                lambda = schedule.lambda(t).toDoubleArray();
        Tensor x = noise;
        for (int i = 0; i < 2; i++) {
            Tensor e = model.predict(x, schedule.modelTimestep(t[i]));
            Tensor clean = x.sub(e.mul(sigma[i])).div(alpha[i]);
            x = x.mul(sigma[i + 1] / sigma[i]).sub(clean.mul(alpha[i + 1] * Math.expm1(lambda[i] - lambda[i + 1])));
        }
        assertClose(x, solver.sample(noise, model, 2, DpmSolver.StepListener.NONE), 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 7, 12})
    void recoversTheCleanLatentWithAnExactModel(int steps) {
        Tensor clean = three.get(0);
        NoiseModel exact = (x, t) -> {
            float time = (float) (t / 1000 + 0.001);
            return x.sub(clean.mul(schedule.alpha(time).item()))
                    .div(schedule.sigma(time).item());
        };
        assertClose(
                clean.mul(schedule.alpha(0.001f).item()),
                solver.sample(noise, exact, steps, DpmSolver.StepListener.NONE),
                0.02);
    }

    @Test
    void callsModelAndListenerOncePerStep() {
        int[] calls = {0};
        List<Integer> steps = new ArrayList<>();
        NoiseModel counting = (x, t) -> {
            calls[0]++;
            return model.predict(x, t);
        };
        solver.sample(noise, counting, 5, (done, total, clean) -> {
            assertEquals(5, total);
            assertArrayEquals(noise.shape(), clean.shape());
            return steps.add(done);
        });
        assertEquals(5, calls[0]);
        assertEquals(List.of(1, 2, 3, 4, 5), steps);
    }

    @Test
    void stopsWhenTheListenerCancels() {
        var e = assertThrows(
                CancelledException.class, () -> solver.sample(noise, model, 5, (done, total, clean) -> done < 2));
        assertEquals("Sampling was cancelled after 2 of 5 steps.", e.getMessage());
    }

    @Test
    void rejectsASingleStep() {
        var e = assertThrows(UsageException.class, () -> solver.sample(noise, model, 1, DpmSolver.StepListener.NONE));
        assertEquals("steps is 1, expected at least 2", e.getMessage());
    }

    @Test
    void isDeterministicAndDoesNotMixItems() {
        Tensor once = solver.sample(noise, model, 11, DpmSolver.StepListener.NONE);
        assertArrayEquals(
                once.toByteArray(),
                solver.sample(noise, model, 11, DpmSolver.StepListener.NONE).toByteArray());
        assertClose(once.row(1), solver.sample(noise.row(1), model, 11, DpmSolver.StepListener.NONE), 1e-6);
    }

    @Test
    void guidanceOfOneAndOneIsThePlainPrediction() {
        Guidance plain = new Guidance(1, 1);
        assertEquals(List.of(Branch.IMAGE_AND_TEXT), plain.branches());
        assertClose(three.get(2), plain.combine(List.of(Branch.values()), three), 1e-6);
    }

    @ParameterizedTest
    @CsvSource({"5,1", "7,0.5", "5,1.5", "1,1", "0,1", "0,2", "3,3"})
    void branchesThatCancelChangeNothing(double text, double image) {
        Guidance guidance = new Guidance(text, image);
        List<Branch> needed = guidance.branches();
        assertClose(
                guidance.combine(List.of(Branch.values()), three),
                guidance.combine(
                        needed,
                        needed.stream()
                                .map(b -> three.get(List.of(Branch.values()).indexOf(b)))
                                .toList()),
                1e-5);
    }

    @Test
    void guidesANetworkThatPredictsAllBranchesAtOnce() {
        NoiseModel network =
                (x, t) -> Tensor.cat(1, Tensor.cat(0, three.get(1), three.get(2)), Tensor.ones(4, 4, 3, 3));
        Guidance guidance = new Guidance(5, 1);
        Tensor guided = guidance.around(guidance.branches(), network, DType.F32).predict(noise, 0);
        assertClose(three.get(1).add(three.get(2).sub(three.get(1)).mul(5)), guided, 1e-6);
        assertClose(
                guided,
                guidance.around(guidance.branches(), network, DType.BF16).predict(noise, 0),
                0.02);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 412, 999})
    void velocityConvertsToNoise(int t) {
        double alpha = Math.sqrt(schedule.alphasCumprod()[t]), sigma = Math.sqrt(1 - schedule.alphasCumprod()[t]);
        Tensor clean = three.get(0),
                x = clean.mul(alpha).add(noise.mul(sigma)),
                velocity = noise.mul(alpha).sub(clean.mul(sigma));
        NoiseModel twoBranches =
                (in, time) -> Tensor.cat(1, Tensor.cat(0, velocity, velocity), Tensor.ones(4, 4, 3, 3));
        assertClose(
                Tensor.cat(0, noise, noise),
                PredictionType.VELOCITY.toNoiseModel(twoBranches, schedule).predict(x, t),
                1e-5);
    }

    @Test
    void clipsEveryPredictionToTheClipRange() {
        Tensor noise = new Rng(1, 0).normal(1, 4, 8, 8);
        double[] largest = {0};
        new DpmSolver(schedule, TimeGrid.UNIFORM, 2).sample(noise, (x, t) -> x.mul(-3), 6, (done, total, clean) -> {
            largest[0] =
                    Math.max(largest[0], clean.abs().amax(false, 0, 1, 2, 3).item());
            return true;
        });
        assertEquals(2, largest[0], 1e-6);
        assertThrows(UsageException.class, () -> new DpmSolver(schedule, TimeGrid.UNIFORM, 0));
    }
}

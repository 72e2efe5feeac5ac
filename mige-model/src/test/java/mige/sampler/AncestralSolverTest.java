package mige.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CancellationException;
import mige.tensor.Close;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import org.junit.jupiter.api.Test;

class AncestralSolverTest {

    private final NoiseSchedule schedule = NoiseSchedule.linear();
    private final Tensor truth = new Rng(4, 4).normal(1, 2, 3, 3), noise = new Rng(5, 5).normal(1, 2, 3, 3);

    /** The noise that is left when the truth is known. */
    private Tensor knowing(Tensor x, double t) {
        float time = (float) (t / 1000 + 0.001);
        return x.sub(truth.mul(schedule.alpha(time).item())).div(schedule.sigma(time).item());
    }

    @Test void aModelThatKnowsTheTruthIsWalkedToIt() {
        Tensor made = new AncestralSolver(schedule, 0).sample(noise, this::knowing, 12, new Rng(1, 1), DpmSolver.Watch.NOTHING);
        Close.assertClose(truth, made, 1e-3);
    }

    @Test void sameChanceSameResult() {
        var solver = new AncestralSolver(schedule, 2);
        NoiseModel model = (x, t) -> x.mul(0.5);
        assertArrayEquals(solver.sample(noise, model, 6, new Rng(1, 1), DpmSolver.Watch.NOTHING).floats(), solver.sample(noise, model, 6, new Rng(1, 1), DpmSolver.Watch.NOTHING).floats());
    }

    @Test void clipsToItsLimit() {
        Tensor made = new AncestralSolver(schedule, 0.5).sample(noise, (x, t) -> x.mul(-3), 4, new Rng(1, 1), DpmSolver.Watch.NOTHING);
        assertEquals(0.5, made.abs().amax(false, 0, 1, 2, 3).item(), 1e-6);
    }

    @Test void stopsWhenItsWatchSaysSo() {
        assertThrows(CancellationException.class, () -> new AncestralSolver(schedule, 0).sample(noise, this::knowing, 4, new Rng(1, 1), (done, of, clean) -> done < 2));
    }
}

package mige.train;

import static mige.tensor.Close.assertClose;

import mige.sampler.NoiseSchedule;
import mige.sampler.Prediction;
import mige.tensor.Rng;
import mige.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the reference's goldens do not say of the loss: velocity, and weights of places and times. */
class IddpmLossTest {

    private static final int[] TIMES = {3, 500, 990};

    final NoiseSchedule schedule = NoiseSchedule.linear();
    final IddpmLoss ofNoise = new IddpmLoss(schedule), ofVelocity = new IddpmLoss(schedule, Prediction.VELOCITY);
    final Tensor clean = new Rng(1, 0).normal(3, 2, 4, 4), noise = new Rng(1, 1).normal(3, 2, 4, 4), spread = new Rng(1, 2).normal(3, 2, 4, 4);
    final Tensor x = ofNoise.noised(clean, noise, TIMES);

    private Tensor of(double[] values) {
        return Tensor.of(new float[] {(float) values[0], (float) values[1], (float) values[2]}, 3, 1, 1, 1);
    }

    private double[] keep() {
        double[] all = schedule.alphaProducts();
        return new double[] {all[TIMES[0]], all[TIMES[1]], all[TIMES[2]]};
    }

    /** A velocity that means the noise {@code e}: (e - sigma x) / alpha. */
    private Tensor meaning(Tensor e) {
        double[] k = keep();
        Tensor sigma = of(new double[] {Math.sqrt(1 - k[0]), Math.sqrt(1 - k[1]), Math.sqrt(1 - k[2])}), alpha = of(new double[] {Math.sqrt(k[0]), Math.sqrt(k[1]), Math.sqrt(k[2])});
        return e.sub(x.mul(sigma)).div(alpha);
    }

    @Test void aRightVelocityCostsWhatTheRightNoiseCosts() {
        IddpmLoss.Losses a = ofNoise.of(Tensor.cat(1, noise, spread), clean, noise, x, TIMES), b = ofVelocity.of(Tensor.cat(1, meaning(noise), spread), clean, noise, x, TIMES);
        assertClose(Tensor.zeros(3), b.mse(), 1e-4);
        assertClose(a.vb(), b.vb(), 1e-3);
    }

    @Test void anErrorOfVelocityIsThatOfTheNoiseOverAlpha() {
        Tensor wrong = noise.add(new Rng(1, 3).normal(3, 2, 4, 4).mul(0.1));
        IddpmLoss.Losses a = ofNoise.of(Tensor.cat(1, wrong, spread), clean, noise, x, TIMES), b = ofVelocity.of(Tensor.cat(1, meaning(wrong), spread), clean, noise, x, TIMES);
        assertClose(a.mse().div(of(keep()).view(3)), b.mse(), 1e-3);
    }

    @Test void earlyTimesCountWhatTheLimitLeavesThem() {
        Tensor wrong = Tensor.cat(1, noise.add(0.5), spread);
        double[] k = keep();
        Tensor factor = of(new double[] {Math.min(1, 5 * (1 - k[0]) / k[0]), Math.min(1, 5 * (1 - k[1]) / k[1]), 1}).view(3);
        assertClose(Tensor.full(0.25, 3).mul(factor), ofNoise.of(wrong, clean, noise, x, TIMES, null, 5).mse(), 1e-5);
    }

    @Test void onlyTheRatioOfPlacesCounts() {
        Tensor places = new Rng(1, 4).normal(3, 1, 4, 4).mul(0.1).add(1), even = Tensor.full(7, 3, 1, 4, 4), wrong = Tensor.cat(1, noise.mul(0.8), spread);
        Tensor plain = ofNoise.of(wrong, clean, noise, x, TIMES).mse();
        assertClose(plain, ofNoise.of(wrong, clean, noise, x, TIMES, even, 0).mse(), 1e-5);
        assertClose(ofNoise.of(wrong, clean, noise, x, TIMES, places, 0).mse(), ofNoise.of(wrong, clean, noise, x, TIMES, places.mul(3), 0).mse(), 1e-5);
    }
}

package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.TensorAssertions;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.GradientClipping;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {

    @TempDir
    Path folder;

    private ToyObjective train(ToyObjective objective, Trainer.Config config, Path target, TrainingListener listener) {
        new Trainer(config, objective.parameters, objective, target).run(listener);
        return objective;
    }

    @Test
    void stopsAtTheNextStepHoweverRarelyItLogs() {
        train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(4, 1, 30, 10), // logs every 5 steps
                folder,
                (item, done, total) -> done < 3);
        assertEquals(3, TrainingState.readProgress(folder).orElseThrow().steps());
    }

    @Test
    void reducesTheLoss() {
        List<Double> losses = new ArrayList<>();
        train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(16, 1, 300, 1000),
                folder,
                MetricsCollector.of("loss", losses));
        assertTrue(losses.get(losses.size() - 1) < 0.1 * losses.get(0), losses.toString());
    }

    @Test
    void resumesBitExactly() {
        ToyObjective uninterrupted = train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(4, 1, 30, 1000),
                folder.resolve("a"),
                TrainingListener.NONE);
        train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(4, 1, 30, 1000),
                folder.resolve("b"),
                (item, done, total) -> done < 15);
        ToyObjective resumed = train(
                new ToyObjective(2),
                ToyObjective.trainerConfig(4, 1, 30, 1000),
                folder.resolve("b"),
                TrainingListener.NONE);
        assertArrayEquals(
                uninterrupted.parameters.values().toFloatArray(),
                resumed.parameters.values().toFloatArray());
    }

    @Test
    void keepsTheLastTwoStates() throws IOException {
        train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 30, 5), folder, TrainingListener.NONE);
        try (var files = Files.list(folder)) {
            assertEquals(
                    List.of("state-0000000025.safetensors", "state-0000000030.safetensors"),
                    files.map(f -> f.getFileName().toString())
                            .filter(n -> n.startsWith("state"))
                            .sorted()
                            .toList());
        }
    }

    @Test
    void refusesAFolderInUse() {
        var e = assertThrows(
                UsageException.class,
                () -> train(
                        new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 30, 5), folder, (item, done, total) -> {
                            train(
                                    new ToyObjective(1),
                                    ToyObjective.trainerConfig(4, 1, 30, 5),
                                    folder,
                                    TrainingListener.NONE);
                            return true;
                        }));
        assertEquals(
                folder + " is in use by another training. Wait for its end, or train into another folder.",
                e.getMessage());
        train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 30, 5), folder, TrainingListener.NONE);
    }

    @Test
    void gradientAccumulationEqualsTheLargerBatch() {
        ToyObjective one = train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(8, 1, 20, 1000),
                folder.resolve("a"),
                TrainingListener.NONE);
        ToyObjective four = train(
                new ToyObjective(1),
                ToyObjective.trainerConfig(2, 4, 20, 1000),
                folder.resolve("b"),
                TrainingListener.NONE);
        TensorAssertions.assertClose(one.parameters.values(), four.parameters.values(), 1e-4);
    }

    @Test
    void doesNotTrainFrozenWeights() {
        ToyObjective toy =
                train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 20, 1000), folder, TrainingListener.NONE);
        assertEquals(0, toy.namedTensors.get("frozen.weight").norm().item());
        assertTrue(
                toy.parameters.slices().stream().noneMatch(slice -> slice.name().startsWith("frozen")));
    }

    @Test
    void modelSharesMemoryWithTheFlatParameters() {
        ToyObjective toy = new ToyObjective(1);
        Tensor.noGrad(() -> toy.parameters.values().fill_(0));
        assertEquals(0, toy.namedTensors.get("first.weight").norm().item());
    }

    @Test
    void doesNotDuplicateMetricsAfterAResume() throws IOException {
        train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 30, 10), folder, (item, done, total) -> done < 25);
        Files.delete(folder.resolve("state-0000000025.safetensors")); // as if it was killed before the state was saved
        train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 30, 10), folder, TrainingListener.NONE);
        List<Integer> steps = Files.readAllLines(folder.resolve("metrics.jsonl")).stream()
                .map(l -> Integer.parseInt(l.replaceAll(".*\"step\":(\\d+).*", "$1")))
                .toList();
        assertEquals(List.of(5, 10, 15, 20, 25, 30), steps);
    }

    @Test
    void refusesAStateOfAnotherModel() throws IOException {
        train(new ToyObjective(1), ToyObjective.trainerConfig(4, 1, 5, 5), folder, TrainingListener.NONE);
        ToyObjective other = new ToyObjective(1);
        var fewer = new FlatParameters(other.namedTensors, key -> key.startsWith("frozen"));
        var e = assertThrows(
                UsageException.class, () -> new Trainer(ToyObjective.trainerConfig(4, 1, 9, 5), fewer, other, folder)
                        .run(TrainingListener.NONE));
        assertTrue(e.getMessage().contains("other sizes"), e.getMessage());
    }

    @Test
    void referenceScheduleStartsAtZero() {
        LearningRateSchedule schedule = new LearningRateSchedule(1e-5, 1000, 5000, 0, null, 0);
        assertEquals(0, schedule.at(0, 0));
        assertEquals(5e-6, schedule.at(500, 0.1), 1e-12);
        assertEquals(1e-5, schedule.at(4999, 1), 1e-12);
    }

    @Test
    void aTimedScheduleFallsByTheClock() {
        LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 10, 1, 2, null, 0.5);
        assertEquals(0.5, schedule.progress(7, 60));
        assertEquals(1, schedule.progress(7, 121));
        assertEquals(5e-4, schedule.at(5, 0.5), 1e-12);
        assertEquals(5.5e-4, schedule.at(7000, 0.75), 1e-12);
        assertEquals(1e-4, schedule.at(7000, 1), 1e-12);
    }

    @Test
    void aTimedScheduleEndsAtTheInstantThatWasAsked() {
        Instant now = Instant.parse("2026-01-31T12:00:00Z");
        LearningRateSchedule schedule = new LearningRateSchedule(1e-3, 10, 1, 5, "2026-01-31T12:02:00Z", 0.5);
        assertEquals(2.5, schedule.startedAt(now, 30).minutes());
        assertEquals(5, schedule.startedAt(now.minusSeconds(600), 0).minutes());
    }

    @Test
    void stopsAfterTheMinutesOfTheScheduleInAllRuns() {
        Trainer.Config steps = ToyObjective.trainerConfig(4, 1, 1, 1000);
        Trainer.Config timed = new Trainer.Config(
                4,
                1,
                new LearningRateSchedule(1e-2, 5, 1, 1.0 / 60, null, 0.5),
                steps.optimizer(),
                1.0,
                0.99,
                new Trainer.Intervals(5, 0, 0, 0.2));
        List<Integer> exports = new ArrayList<>();
        ToyObjective toy = new ToyObjective(1);
        Trainer.Objective counting = new Trainer.Objective() {
            @Override
            public Trainer.Loss loss(long firstSample, int count) {
                return toy.loss(firstSample, count);
            }

            @Override
            public void export() {
                exports.add(1);
            }
        };
        long start = System.nanoTime();
        Trainer first = new Trainer(timed, toy.parameters, counting, folder);
        long stopped = first.run((item, done, total) -> System.nanoTime() - start < 6e8);
        TrainingState.Progress progress = TrainingState.readProgress(folder).orElseThrow();
        assertFalse(progress.finished());
        assertTrue(progress.seconds() >= 0.5 && progress.seconds() < 1, progress.toString());
        long resumed = new Trainer(timed, toy.parameters, counting, folder).run(TrainingListener.NONE);
        assertTrue(resumed > stopped);
        TrainingState.Progress end = TrainingState.readProgress(folder).orElseThrow();
        assertTrue(end.finished() && end.seconds() >= 1 && end.seconds() < 2, end.toString());
        assertTrue(exports.size() >= 3 && exports.size() <= 7, "" + exports.size());
    }

    @Test
    void aGradientThatIsNotFiniteLeavesTheWeightsFinite() {
        ToyObjective toy = new ToyObjective(1);
        Trainer.Objective faulty = (firstSample, count) -> {
            Trainer.Loss loss = toy.loss(firstSample, count);
            return firstSample == 12 ? new Trainer.Loss(loss.mean().mul(Double.NaN), Map.of()) : loss;
        };
        List<Double> skipped = new ArrayList<>();
        new Trainer(ToyObjective.trainerConfig(4, 1, 30, 1000), toy.parameters, faulty, folder)
                .run(MetricsCollector.of("skipped_steps", skipped));
        assertEquals(List.of(0.2), skipped);
        assertTrue(Double.isFinite(toy.parameters.values().norm().item()));
    }

    @Test
    void stopsWhenNoGradientIsFinite() {
        ToyObjective toy = new ToyObjective(1);
        Trainer.Objective faulty = (firstSample, count) ->
                new Trainer.Loss(toy.loss(firstSample, count).mean().mul(Double.NaN), Map.of());
        Trainer trainer = new Trainer(ToyObjective.trainerConfig(4, 1, 30, 1000), toy.parameters, faulty, folder);
        var e = assertThrows(IllegalStateException.class, () -> trainer.run(TrainingListener.NONE));
        assertTrue(e.getMessage().startsWith("The gradients of the last 5 steps are not finite"), e.getMessage());
    }

    @Test
    void clipsTheGradientNorm() {
        assertEquals(0.01 / (2 + 1e-6), scale(0.01, 2), 1e-12);
        assertEquals(1, scale(0.01, 0.001));
        assertEquals(1, scale(0, 1000));
        assertEquals(0, scale(1, Double.NaN));
        assertEquals(0, scale(1, Double.POSITIVE_INFINITY));
        assertEquals(0, scale(0, Double.NaN));
    }

    private static double scale(double maxNorm, double norm) {
        return new GradientClipping(maxNorm)
                .scale(Tensor.of(new double[] {norm}))
                .item();
    }

    @Test
    void anExportOfAKilledTrainingDoesNotCountAsFinished() {
        Trainer.Config steps = ToyObjective.trainerConfig(4, 1, 30, 0);
        Trainer.Config config = new Trainer.Config(
                4, 1, steps.schedule(), steps.optimizer(), 1, 0.99, new Trainer.Intervals(5, 0, 0, 1e-9));
        ToyObjective toy = new ToyObjective(1);
        List<String> exports = new ArrayList<>();
        Trainer.Objective killed = new Trainer.Objective() {
            @Override
            public Trainer.Loss loss(long firstSample, int count) {
                if (!exports.isEmpty()) throw new IllegalStateException("killed");
                return toy.loss(firstSample, count);
            }

            @Override
            public void export() {
                exports.add("export");
            }
        };
        Trainer trainer = new Trainer(config, toy.parameters, killed, folder);
        assertThrows(IllegalStateException.class, () -> trainer.run(TrainingListener.NONE));
        assertFalse(TrainingState.readProgress(folder).orElseThrow().finished());
    }
}

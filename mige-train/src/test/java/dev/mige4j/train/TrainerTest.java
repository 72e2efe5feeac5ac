package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.TensorAssertions;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.distributed.DistributedProcess;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.GradientClipping;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import dev.mige4j.train.optimizer.ParameterGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
                List.of(),
                1.0,
                0.99,
                null,
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
        assertTrue(progress.seconds() > 0 && progress.seconds() < 1, progress.toString());
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
                4,
                1,
                steps.schedule(),
                steps.optimizer(),
                List.of(),
                1,
                0.99,
                null,
                new Trainer.Intervals(5, 0, 0, 1e-9));
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

    private static Trainer.Config config(
            long steps,
            double emaDecay,
            List<ParameterGroup> groups,
            EarlyStopping earlyStopping,
            long validateEvery,
            long saveEvery) {
        Trainer.Config toy = ToyObjective.trainerConfig(4, 1, steps, 0);
        return new Trainer.Config(
                4,
                1,
                toy.schedule(),
                toy.optimizer(),
                groups,
                1,
                emaDecay,
                earlyStopping,
                new Trainer.Intervals(5, validateEvery, saveEvery, 0));
    }

    private ToyObjective train(List<ParameterGroup> groups, String name) {
        Trainer.Config config = config(10, 0.9, groups, null, 0, 0);
        return train(new ToyObjective(1, config), config, folder.resolve(name), TrainingListener.NONE);
    }

    private static void assertSame(ToyObjective expected, ToyObjective actual, String... names) {
        for (String name : names)
            assertArrayEquals(
                    expected.namedTensors.get(name).toFloatArray(),
                    actual.namedTensors.get(name).toFloatArray(),
                    name);
    }

    @Test
    void aFrozenGroupStaysAsItIsAndTakesNoMemory() {
        ToyObjective toy = train(List.of(new ParameterGroup(List.of("first.*"), 0, null)), "frozen");
        assertSame(new ToyObjective(1), toy, "first.weight", "first.bias");
        assertTrue(distance(new ToyObjective(1), toy, "second.weight") > 1e-3);
        assertFalse(toy.namedTensors.get("first.weight").requiresGrad());
    }

    @Test
    void groupsThatChangeNothingGiveTheSameBits() {
        assertSame(
                train(List.of(), "plain"),
                train(
                        List.of(
                                new ParameterGroup(List.of("*.bias"), 1, null),
                                new ParameterGroup(List.of("first.*", "second.*"), 1, 0.03)),
                        "groups"),
                "first.weight",
                "first.bias",
                "second.weight",
                "second.bias");
    }

    /** The first update of AdamW is the learning rate times the sign of the gradient. */
    @Test
    void theFirstGroupThatNamesAParameterGivesItsLearningRate() {
        ToyObjective plain = train(List.of(), "plain"),
                slow =
                        train(
                                List.of(
                                        new ParameterGroup(List.of("first.weight"), 0.01, null),
                                        new ParameterGroup(List.of("first.*"), 1, null)),
                                "slow");
        ToyObjective start = new ToyObjective(1);
        assertTrue(distance(start, slow, "first.weight") < 0.03 * distance(start, plain, "first.weight"));
        assertTrue(distance(start, slow, "first.bias") > 0.3 * distance(start, plain, "first.bias"));
    }

    @Test
    void aGroupHasAWeightDecayOfItsOwn() {
        ToyObjective decayed = train(List.of(new ParameterGroup(List.of("second.weight"), 1, 20.0)), "decayed");
        assertTrue(decayed.namedTensors.get("second.weight").norm().item()
                < 0.5
                        * train(List.of(), "plain")
                                .namedTensors
                                .get("second.weight")
                                .norm()
                                .item());
    }

    private static double distance(ToyObjective a, ToyObjective b, String name) {
        return Tensor.noGrad(() ->
                a.namedTensors.get(name).sub(b.namedTensors.get(name)).norm().item());
    }

    @Test
    void namesTheParameterThatAGroupProbablyMeans() {
        var e = assertThrows(
                UsageException.class, () -> train(List.of(new ParameterGroup(List.of("frist.*"), 0, null)), "typo"));
        assertTrue(
                e.getMessage().startsWith("trainer.parameterGroups: no parameter is named 'frist.*'; the nearest"),
                e.getMessage());
        assertThrows(
                UsageException.class,
                () -> train(List.of(new ParameterGroup(List.of("first.*", "second.*"), 0, null)), "nothing"));
        assertThrows(UsageException.class, () -> new ParameterGroup(List.of("blocks.{5..0}.*"), 0, null));
        assertThrows(UsageException.class, () -> new ParameterGroup(List.of("blocks.{0-5}.*"), 0, null));
        assertThrows(UsageException.class, () -> new ParameterGroup(List.of("a"), -1, null));
    }

    @Test
    void aRangeOfNumbersMatchesWholeNumbers() {
        Map<String, Tensor> tensors = new TreeMap<>();
        for (int i = 0; i < 13; i++) tensors.put("blocks.%d.w".formatted(i), Tensor.zeros(2));
        Trainer.Config config =
                config(1, 0, List.of(new ParameterGroup(List.of("blocks.{2..11}.*"), 0, null)), null, 0, 0);
        assertEquals(
                List.of("blocks.0.w", "blocks.1.w", "blocks.12.w"),
                config.flatten(tensors, key -> true).slices().stream()
                        .map(FlatParameters.Slice::name)
                        .toList());
    }

    @Test
    void withoutAMovingAverageTheResultIsTheWeightsAndTheStateHasNone() throws IOException {
        ToyObjective toy = new ToyObjective(1);
        Trainer trainer = new Trainer(config(10, 0, List.of(), null, 0, 0), toy.parameters, toy, folder);
        trainer.run(TrainingListener.NONE);
        assertSame(train(List.of(), "averaged"), toy, "first.weight", "second.weight");
        assertArrayEquals(
                toy.parameters.values().toFloatArray(), trainer.emaWeights().toFloatArray());
        long parameters = toy.parameters.count() * 4,
                bytes = Files.size(folder.resolve("state-0000000010.safetensors"));
        assertTrue(bytes > 3 * parameters && bytes < 4 * parameters + 400, bytes + " for " + parameters);
        ToyObjective resumed = new ToyObjective(2); // with an average now, which starts from the weights
        Trainer averaging = new Trainer(config(10, 0.9, List.of(), null, 0, 0), resumed.parameters, resumed, folder);
        averaging.run(TrainingListener.NONE);
        assertArrayEquals(
                toy.parameters.values().toFloatArray(), averaging.emaWeights().toFloatArray());
    }

    /** Validations with given losses; records the exported weights and the steps of the validations. */
    private static final class ScriptedValidation implements Trainer.Objective {

        final ToyObjective toy = new ToyObjective(1);
        final Map<Long, Double> losses;
        final List<Long> validated = new ArrayList<>();
        final List<float[]> exported = new ArrayList<>();

        ScriptedValidation(Map<Long, Double> losses) {
            this.losses = losses;
        }

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            return toy.loss(firstSample, count);
        }

        @Override
        public Map<String, Double> validate(long step, MetricsLog log) {
            validated.add(step);
            return Map.of("held_out", losses.get(step));
        }

        @Override
        public void export() {
            exported.add(toy.parameters.values().toFloatArray());
        }

        long train(Trainer.Config config, Path folder, TrainingListener listener) {
            return new Trainer(config, toy.parameters, this, folder).run(listener);
        }
    }

    private static final EarlyStopping PATIENCE_2 = new EarlyStopping(2, "held_out", EarlyStopping.Mode.MIN, 0.05);

    /** Step 20 is better than step 10, but by too little. */
    private static final Map<Long, Double> LOSSES = Map.of(0L, 1.0, 5L, 0.7, 10L, 0.5, 15L, 0.6, 20L, 0.48, 25L, 0.1);

    static Trainer.Config stoppingEarly(long steps) {
        return config(steps, 0.9, List.of(), PATIENCE_2, 5, 4);
    }

    /** The first one validates and decides. */
    @Test
    void allProcessesStopAtTheSameStep() throws IOException {
        Path run = folder.resolve("two");
        ScriptedValidation objective = new ScriptedValidation(LOSSES);
        try (DataParallel dataParallel = DistributedProcess.launch(
                Cluster.SINGLE_MACHINE, 2, ToyTrainingProcess.class, List.of(run.toString(), "4", "50", "early"))) {
            Trainer trainer = new Trainer(stoppingEarly(50), objective.toy.parameters, objective, run, dataParallel);
            assertEquals(20, trainer.run(TrainingListener.NONE));
        }
        List<String> steps = Files.readAllLines(run.resolve("rank1/metrics.jsonl"));
        assertTrue(steps.get(steps.size() - 1).startsWith("{\"step\":20,"), steps.toString());
    }

    @Test
    void stopsEarlyAndKeepsTheBestWeights() throws IOException {
        ScriptedValidation objective = new ScriptedValidation(LOSSES);
        List<String> notices = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public boolean onProgress(String item, long done, long total) {
                return true;
            }

            @Override
            public void onNotice(String notice) {
                notices.add(notice);
            }
        };
        Trainer.Config config = stoppingEarly(50);
        assertEquals(20, objective.train(config, folder, listener));
        assertEquals(List.of(0L, 5L, 10L, 15L, 20L), objective.validated);
        assertEquals(3, objective.exported.size());
        assertEquals(List.of("stopped early after step 20; kept is step 10, whose held_out is 0.5000."), notices);
        assertTrue(TrainingState.readProgress(folder).orElseThrow().finished());

        ScriptedValidation ten = new ScriptedValidation(LOSSES);
        ten.train(config(10, 0.9, List.of(), PATIENCE_2, 5, 0), folder.resolve("ten"), TrainingListener.NONE);
        assertArrayEquals(ten.exported.get(2), objective.exported.get(2));

        ScriptedValidation again = new ScriptedValidation(LOSSES);
        assertEquals(20, again.train(config, folder, TrainingListener.NONE));
        assertEquals(List.of(), again.validated);
        assertEquals(0, again.exported.size());
        String metrics = Files.readString(folder.resolve("metrics.jsonl"));
        assertTrue(metrics.contains("\"held_out\":0.48"), metrics);
    }

    @Test
    void resumesEarlyStoppingWhereItWas() {
        ScriptedValidation first = new ScriptedValidation(LOSSES), second = new ScriptedValidation(LOSSES);
        Trainer.Config config = config(50, 0.9, List.of(), PATIENCE_2, 5, 4);
        first.train(config, folder, (item, done, total) -> done < 17);
        assertFalse(TrainingState.readProgress(folder).orElseThrow().finished());
        assertEquals(20, second.train(config, folder, TrainingListener.NONE));
        assertEquals(List.of(20L), second.validated);
        ScriptedValidation patient = new ScriptedValidation(LOSSES);
        var more = new EarlyStopping(3, "held_out", EarlyStopping.Mode.MIN, 0.05);
        assertEquals(25, patient.train(config(25, 0.9, List.of(), more, 5, 4), folder, TrainingListener.NONE));
        assertEquals(1, patient.exported.size());
    }

    @Test
    void namesTheMetricsOfTheValidationBeforeTheFirstStep() {
        ScriptedValidation objective = new ScriptedValidation(LOSSES);
        var unknown = new EarlyStopping(2, "heldout", EarlyStopping.Mode.MIN, 0);
        var e = assertThrows(
                UsageException.class,
                () -> objective.train(config(9, 0.9, List.of(), unknown, 5, 0), folder, TrainingListener.NONE));
        assertEquals("trainer.earlyStopping.metric is 'heldout'; the validation has held_out.", e.getMessage());
        assertThrows(UsageException.class, () -> config(9, 0.9, List.of(), PATIENCE_2, 0, 0));
    }
}

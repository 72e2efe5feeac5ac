package dev.mige4j.eval.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.eval.nano.NanoSuite;
import dev.mige4j.train.TrainRunner;
import dev.mige4j.train.logging.TrainingListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClaimsTrainingTest {

    @TempDir
    Path folder;

    private ClaimsExperiment.Config config(double minutes, int samples) {
        return new ClaimsExperiment.Config(
                folder, "claims-cpu", null, 2, minutes, samples, 10, 2, Optional.empty(), folder.resolve("corpus"));
    }

    private ObjectNode configOf(ClaimVariant variant) {
        return new ClaimsTraining(config(0, 0)).configOf(new ClaimRun(variant, 2));
    }

    @Test
    void hasAllVariantsOfASeedBeforeTheNextSeed() {
        List<ClaimRun> runs = new ClaimsTraining(config(0, 0)).runs();
        assertEquals(12, runs.size());
        assertEquals("joint-seed-1", runs.get(0).name());
        assertEquals("without-subject-edits-seed-1", runs.get(5).name());
        assertEquals("joint-seed-2", runs.get(6).name());
    }

    @Test
    void leavesTheRunsThatAnotherProcessHasReserved() throws Exception {
        ClaimsTraining training = new ClaimsTraining(config(0, 0));
        List<FolderLock> locks = new ArrayList<>();
        List<String> stages = new ArrayList<>();
        try {
            for (ClaimRun run : training.runs())
                locks.add(FolderLock.acquire(Files.createDirectories(new ClaimsFolder(folder).run(run)), "training"));
            assertEquals(training.runs(), training.train(new TrainingListener() {
                @Override
                public boolean onProgress(String item, long done, long total) {
                    return false;
                }

                @Override
                public void onStage(String description) {
                    stages.add(description);
                }
            }));
        } finally {
            locks.forEach(FolderLock::close);
        }
        assertEquals(12, stages.size());
        assertEquals("joint-seed-1: another process trains it", stages.get(0));
    }

    @Test
    void everyConfigurationIsOneOfTheTraining() {
        for (String recipe : List.of("claims-cpu", "claims-gpu"))
            for (ClaimVariant variant : ClaimVariant.values()) {
                var config = new ClaimsExperiment.Config(
                        folder, recipe, null, 1, 0, 0, 1, 0, Optional.empty(), folder.resolve("corpus"));
                Path file = folder.resolve(recipe + variant + ".json");
                AtomicFile.write(file, Json.writePretty(new ClaimsTraining(config).configOf(new ClaimRun(variant, 1))));
                TrainRunner.Stage.MIGE.printConfig(file);
            }
    }

    @Test
    void trainsFortyThousandSamplesByDefault() {
        ObjectNode config = configOf(ClaimVariant.JOINT);
        assertEquals(
                40_000,
                config.at("/trainer/schedule/totalSteps").asInt()
                        * config.at("/trainer/batchSize").asInt()
                        * config.at("/data/draws").asInt());
        assertEquals(2, config.get("seed").asInt());
    }

    @Test
    void leavesOutTheTasksThatAVariantDoesNotTrainOn() {
        assertEquals(List.of(), leftOut(ClaimVariant.JOINT));
        assertEquals(
                List.of("subject_1", "subject_2", "subject_3", "subject_add", "subject_replace"),
                leftOut(ClaimVariant.EDITING_ONLY));
        assertEquals(List.of("subject_add", "subject_replace"), leftOut(ClaimVariant.WITHOUT_SUBJECT_EDITS));
        assertEquals(
                TaskKind.values().length - 3,
                leftOut(ClaimVariant.SUBJECTS_ONLY).size());
    }

    private List<String> leftOut(ClaimVariant variant) {
        TreeSet<String> names = new TreeSet<>();
        configOf(variant).at("/data/groupWeights").fieldNames().forEachRemaining(names::add);
        return List.copyOf(names);
    }

    @Test
    void freezesTheFusionAtZeroAndDoesNotSuperviseIt() {
        ObjectNode config = configOf(ClaimVariant.WITHOUT_FUSION);
        assertEquals("FFM.", config.at("/network/frozenPrefixes/0").asText());
        assertFalse(config.at("/auxiliary/losses/0/fusion").asBoolean());
        assertTrue(configOf(ClaimVariant.JOINT).at("/auxiliary/losses/0/fusion").asBoolean());
    }

    @Test
    void textOnlyInstructionsHaveFeaturesOfTheirOwn() {
        ObjectNode config = configOf(ClaimVariant.TEXT_ONLY);
        assertTrue(config.at("/model/prompts/textOnly").asBoolean());
        assertEquals("../../features-text-only", config.at("/data/featureCache").asText());
    }

    @Test
    void isEvaluatedOnWhatItWasTrainedOnAndOnTheCombination() {
        assertEquals(
                List.of(NanoSuite.EDIT, NanoSuite.SUBJECT_ADD, NanoSuite.SUBJECT_REPLACE),
                suites(ClaimVariant.EDITING_ONLY));
        assertEquals(List.of(NanoSuite.SINGLE_SUBJECT, NanoSuite.MULTI_SUBJECT), suites(ClaimVariant.SUBJECTS_ONLY));
        assertEquals(5, suites(ClaimVariant.WITHOUT_SUBJECT_EDITS).size());
    }

    private static List<NanoSuite> suites(ClaimVariant variant) {
        return Arrays.stream(NanoSuite.values()).filter(variant::supports).toList();
    }

    @Test
    void dividesMinutesAmongTheTrainings() {
        ObjectNode config = new ClaimsTraining(config(60, 0)).configOf(new ClaimRun(ClaimVariant.JOINT, 1));
        assertEquals(5, config.at("/trainer/schedule/minutes").asDouble());
        ObjectNode bySamples = new ClaimsTraining(config(0, 100)).configOf(new ClaimRun(ClaimVariant.JOINT, 1));
        assertEquals(4, bySamples.at("/trainer/schedule/totalSteps").asInt());
        assertEquals(
                "Give the length of the trainings in minutes or in samples, not both.",
                assertThrows(UsageException.class, () -> config(60, 100)).getMessage());
    }

    @Test
    void refusesToGoOnWithAnotherConfiguration() {
        ClaimsFolder files = new ClaimsFolder(folder);
        ClaimRun run = new ClaimRun(ClaimVariant.JOINT, 1);
        files.writeConfig(run, new ClaimsTraining(config(0, 0)).configOf(run));
        files.writeConfig(run, new ClaimsTraining(config(0, 40_000)).configOf(run)); // the same length
        var e = assertThrows(
                UsageException.class, () -> files.writeConfig(run, new ClaimsTraining(config(0, 100)).configOf(run)));
        assertEquals(
                files.run(run)
                        + " was trained with another configuration; give the options with which it began, or choose"
                        + " another output folder.",
                e.getMessage());
    }

    /** As after a misspelt key, before a training has saved a state. */
    @Test
    void takesAnotherConfigurationBeforeTheTrainingBegan() throws Exception {
        ClaimsFolder files = new ClaimsFolder(folder);
        ClaimRun run = new ClaimRun(ClaimVariant.JOINT, 1);
        Path misspelt = Files.writeString(folder.resolve("misspelt.json"), "{\"trainer\": {\"batchsize\": 2}}");
        assertThrows(UsageException.class, () -> new ClaimsTraining(configWith(misspelt)).train((i, d, t) -> false));
        assertTrue(Files.readString(files.config(run)).contains("batchsize"));
        Path corrected = Files.writeString(folder.resolve("corrected.json"), "{\"data\": {\"heldOut\": 0}}");
        var e = assertThrows(
                UsageException.class, () -> new ClaimsTraining(configWith(corrected)).train((i, d, t) -> false));
        assertTrue(e.getMessage().contains("data.heldOut is 0"), e.getMessage());
        assertFalse(Files.readString(files.config(run)).contains("batchsize"));
        try (FolderLock lock = FolderLock.acquire(files.run(run), "training")) {
            e = assertThrows(
                    UsageException.class, () -> new ClaimsTraining(configWith(null)).train((i, d, t) -> false));
            assertTrue(e.getMessage().contains("was trained with another configuration"), e.getMessage());
        }
    }

    private ClaimsExperiment.Config configWith(Path file) {
        return new ClaimsExperiment.Config(
                folder, "claims-cpu", file, 1, 0, 0, 10, 2, Optional.empty(), folder.resolve("corpus"));
    }

    @Test
    void refusesOtherValuesWhereItsConfigurationHasObjects() throws Exception {
        Path file = Files.writeString(folder.resolve("config.json"), "{\"trainer\": 5}");
        var e = assertThrows(UsageException.class, () -> new ClaimsTraining(configWith(file))
                .configOf(new ClaimRun(ClaimVariant.JOINT, 1)));
        assertTrue(e.getMessage().contains("config.json") && e.getMessage().contains("trainer"), e.getMessage());
    }

    @Test
    void refusesDamagedHeldOutLosses() {
        ClaimsFolder files = new ClaimsFolder(folder);
        ClaimRun run = new ClaimRun(ClaimVariant.JOINT, 1);
        for (String damaged : List.of("[null]", "[{}", "{}")) {
            AtomicFile.write(files.heldOutLosses(run), damaged);
            var e = assertThrows(
                    UsageException.class, () -> new HeldOutScores(files, folder).of(run, (item, done, total) -> true));
            assertTrue(e.getMessage().contains("delete it, and they are computed again"), e.getMessage());
        }
    }
}

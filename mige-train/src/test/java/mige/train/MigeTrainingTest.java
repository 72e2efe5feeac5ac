package mige.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import mige.autoencoder.AutoEncoder;
import mige.data.Corpus;
import mige.data.ShapeCorpus;
import mige.data.Split;
import mige.encoder.T5Encoder;
import mige.image.Picture;
import mige.pipeline.Mige;
import mige.pipeline.ModelConfig;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.SubjectGeneration;
import mige.tensor.DType;
import mige.tensor.UsageException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigeTrainingTest {

    static final Corpus CORPUS = ShapeCorpus.of(32);

    private static final long SKETCH_FIRST = 8;

    @TempDir static Path house;

    private static Loop.Plan plan(long steps, int batch, long showEvery) {
        return new Loop.Plan(batch, 1, new Schedule(3e-3, 5, steps, 0), AdamW.Config.REFERENCE, 1, 0.9, 10, showEvery, 1000);
    }

    @BeforeAll static void trainTheStagesBefore() {
        AutoEncoder.Config autoencoder = ModelConfig.TINY.autoencoder();
        VaeTraining.run(new VaeTraining.Config(1, 20, 4, 32, 16, 0.5, 2e-4, DType.F32, autoencoder, plan(4, 4, 0)), house.resolve("vae"),
                i -> VaePictures.of(CORPUS, 1, i), Watch.NONE);
        var text = new T5Encoder.Config(8, 2, 4, 12, 1, 220, 32, 128);
        ClipTraining.run(new ClipTraining.Config(1, List.of(Split.TRAIN), 20, 4, 32, DType.F32, new ContrastivePair.Config(ModelConfig.TINY.encoder().vision(), text, 8), plan(3, 4, 0)),
                house.resolve("clip"), Vocabulary.of(CORPUS, Vocabulary.PROMPTS, 60, 120), () -> CORPUS, Watch.NONE, Crew.ALONE);
    }

    private static MigeTraining.Config config(long steps, long showEvery) {
        return config(steps, showEvery, "", false, DType.F32);
    }

    private static MigeTraining.Config config(long steps, long showEvery, String from, boolean recompute, DType compute) {
        return config(steps, showEvery, from, recompute, 0, compute);
    }

    private static MigeTraining.Config config(long steps, long showEvery, String from, boolean recompute, double gaze, DType compute) {
        return new MigeTraining.Config(7, ModelConfig.TINY, 24, 4, Map.of(), 3, 5, 1, SKETCH_FIRST, 0.2, gaze, gaze > 0, 2, 2, "../vae", "../clip", "../records", from, List.of(),
                recompute, compute, null, plan(steps, 4, showEvery));
    }

    private static long train(String name, long steps, Watch watch) {
        return MigeTraining.run(config(steps, 0), house.resolve(name), () -> CORPUS, watch);
    }

    @Test void makesTheLossSmaller() {
        List<Double> losses = new ArrayList<>();
        train("learning", 80, (done, of, left, figures) -> figures.get("mse") == null || losses.add(figures.get("mse")));
        assertTrue(losses.get(losses.size() - 1) < 0.9 * losses.get(0), losses.toString());
    }

    @Test void learnsWhereToLook() {
        List<Double> astray = new ArrayList<>();
        MigeTraining.run(config(60, 0, "", false, 1, DType.F32), house.resolve("looking"), () -> CORPUS,
                (done, of, left, figures) -> figures.get("gaze") == null || astray.add(figures.get("gaze")));
        assertTrue(astray.get(astray.size() - 1) < 0.9 * astray.get(0), astray.toString());
        assertThrows(UsageException.class, () -> config(1, 0, "", true, 1, DType.F32), "looks of blocks that are computed again cannot be watched");
    }

    @Test void theDenoiserWaitsForTheSketch() throws Exception {
        Path before = house.resolve("sketched");
        MigeTraining.run(config(2, 0), before, () -> CORPUS, Watch.NONE);
        assertTrue(Files.readString(before.resolve("metrics.jsonl")).contains("sketch_shown"));
        assertFalse(Files.readString(before.resolve("metrics.jsonl")).contains("mse"));
    }

    @Test void goesOnWithAModelOnTheSameRecords() {
        train("first", 2, Watch.NONE);
        assertEquals(4, MigeTraining.run(config(4, 0, "../first/model", false, DType.F32), house.resolve("second"), () -> {
            throw new AssertionError("the records are there");
        }, Watch.NONE));
    }

    @Test void goesOnToTheBit() throws Exception {
        train("whole", 20, Watch.NONE);
        train("parts", 20, (done, of, left, figures) -> figures.containsKey("records_per_second") || done < 10);
        train("parts", 20, Watch.NONE);
        assertArrayEquals(Files.readAllBytes(house.resolve("whole/model/denoiser.safetensors")), Files.readAllBytes(house.resolve("parts/model/denoiser.safetensors")));
    }

    private static void train(String name, boolean recompute, DType compute) {
        MigeTraining.run(config(6, 0, "", recompute, compute), house.resolve(name), () -> CORPUS, Watch.NONE, Crew.ALONE);
    }

    @Test void recomputingLearnsTheSame() throws Exception {
        train("kept", false, DType.F32);
        train("recomputed", true, DType.F32);
        assertEquals(losses("kept"), losses("recomputed"), 1e-4);
    }

    @Test void bfloat16ProductsLearnNearlyTheSame() throws Exception {
        train("exact", false, DType.F32);
        train("narrow", false, DType.BF16);
        assertEquals(losses("exact"), losses("narrow"), 0.02 * losses("exact"));
    }

    private static double losses(String name) throws Exception {
        return Double.parseDouble(Files.readString(house.resolve(name).resolve("metrics.jsonl")).replaceAll("(?s).*\"loss\":([0-9.eE+-]+).*", "$1"));
    }

    @Test void finetunesAModelOnADataSetOfTheReferencesFormat() throws Exception {
        train("base", 2, Watch.NONE);
        Path root = Files.createDirectories(house.resolve("mine/raw/instructpix2pix"));
        for (int i = 0; i < 4; i++) CORPUS.example(Split.TRAIN, 3, i).target().write(root.resolve(i + ".png"), Map.of());
        StringBuilder list = new StringBuilder("[");
        for (int i = 0; i < 2; i++)
            list.append(i == 0 ? "" : ",").append("{\"image\":\"raw/instructpix2pix/%d.png\",\"width\":32,\"height\":32,\"entity_path\":[\"raw/instructpix2pix/%d.png\"],\"multi_prompt\":\"make<imagehere>blue\",\"source_path\":[\"raw/instructpix2pix/%d.png\"]}"
                    .formatted(2 * i, 2 * i + 1, 2 * i + 1));
        Files.writeString(house.resolve("mine/list.json"), list + "]");
        var config = new MigeTraining.Config(7, null, 4, 2, Map.of(), 1, 0, 0, 0, 0, 0, false, 0, 2, "", "", "../mine-records", "../base/model", List.of("t5_model."), false, DType.F32,
                new MigeTraining.DataSource("../mine", List.of("../mine/list.json"), 32), plan(3, 2, 0));
        assertEquals(3, MigeTraining.run(config, house.resolve("tuned"), () -> CORPUS, Watch.NONE));
        assertArrayEquals(Files.readAllBytes(house.resolve("base/model/t5.safetensors")), Files.readAllBytes(house.resolve("tuned/model/t5.safetensors")));
    }

    @Test void leavesAModelThatTheFacadeOpens() {
        MigeTraining.run(config(10, 10), house.resolve("shown"), () -> CORPUS, Watch.NONE);
        assertTrue(Files.exists(house.resolve("shown/pictures/validation-00000010.png")));
        try (Mige mige = Mige.open(house.resolve("shown/model"))) {
            Picture reference = CORPUS.example(Split.TRAIN, 1, 0).target();
            assertEquals(32, mige.create(new SubjectGeneration(Instruction.of("a <image> on a beach", reference)), Settings.DEFAULT).pictures().get(0).width());
        }
    }
}

package dev.mige4j.eval.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.MagicBrushTurnTest;
import dev.mige4j.eval.metric.Metric;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.text.PromptTemplates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What MIGEBench, DreamBench and MagicBrush ask of a model, and what its outputs are compared with. */
class PublishedBenchmarkTest {

    static final Image BLUE = Image.filled(3, 2, 0x0000ff), RED = Image.filled(3, 2, 0xff0000);

    @TempDir
    Path folder;

    private void write(String file, String content) throws IOException {
        Files.createDirectories(folder.resolve(file).getParent());
        Files.writeString(folder.resolve(file), content);
    }

    private Benchmark migeBench() throws IOException {
        write("add_bench.json", "[" + MigeBenchRecordTest.RECORD + "]");
        write("replace_bench.json", "[" + MigeBenchRecordTest.RECORD + "]");
        return MigeBench.load(folder);
    }

    private Benchmark dreamBench() throws IOException {
        write("dataset/prompts_and_classes.txt", DreamBenchRecordTest.PROMPTS);
        for (String image : List.of("mug/00", "mug/01", "pet/00"))
            RED.write(folder.resolve("dataset/" + image + ".png"));
        return DreamBench.load(folder);
    }

    private Benchmark magicBrush() throws IOException {
        write("edit_sessions.json", MagicBrushTurnTest.SESSIONS);
        write("global_descriptions.json", "{\"12\": {\"12-output1.png\": \"a man in a hat\"}}");
        write(
                "local_descriptions.json",
                "{\"12\": {\"12-output1.png\": \"a hat\", \"12-output2.png\": \"a red hat\"}}");
        return MagicBrush.load(folder);
    }

    private static List<String> outputNames(Benchmark benchmark) {
        List<String> names = new ArrayList<>();
        for (BenchmarkSample sample : benchmark.samples())
            for (int turn = 0; turn < sample.turnCount(); turn++) names.add(sample.outputName(turn));
        return names;
    }

    /** {@code METRIC what}, of each comparison. */
    private static List<String> comparisons(BenchmarkTurn turn) {
        return turn.comparisons().stream()
                .map(c -> c.metric() + " " + describe(c))
                .toList();
    }

    private static String describe(Comparison comparison) {
        if (comparison instanceof Comparison.WithImages c)
            return c.entity().map(entity -> entity + " in ").orElse("")
                    + c.images().stream().map(ImageSource::name).collect(Collectors.joining(" and "));
        if (comparison instanceof Comparison.WithCaption c) return "'" + c.caption() + "'";
        if (comparison instanceof Comparison.WithDirection c)
            return c.source().name() + ": '" + c.sourceCaption() + "' to '" + c.outputCaption() + "'";
        return ((Comparison.NotApplicable) comparison).reason();
    }

    @Test
    void idsAndSuitesAreConsistent() throws IOException {
        for (Benchmark benchmark : List.of(migeBench(), dreamBench(), magicBrush())) {
            List<String> ids =
                    benchmark.samples().stream().map(BenchmarkSample::id).toList();
            assertEquals(ids.size(), new HashSet<>(ids).size());
            for (BenchmarkSample sample : benchmark.samples())
                assertTrue(benchmark.suites().contains(sample.suite()), sample.id());
        }
    }

    @Test
    void migeBenchEditsTheSourceWithTheImagesInTheOrderOfTheMarkers() throws IOException {
        Benchmark benchmark = migeBench();
        BLUE.write(folder.resolve("add/add_source/5_source.jpg"));
        RED.write(folder.resolve("add/add_entity/5_entity_black.jpg"));
        SubjectEdit task = (SubjectEdit) benchmark.samples().get(0).turn(0).task(Optional.empty());
        assertEquals("Add<imagehere>to<imagehere>", task.instruction().text());
        assertEquals(task.sourceImage(), task.instruction().images().get(1));
        assertTrue((task.sourceImage().rgb()[2] & 255) > 200, "blue");
        assertTrue((task.instruction().images().get(0).rgb()[0] & 255) > 200, "red");
    }

    @Test
    void migeBenchComparesTheSubjectWithItsImageAndTheWholeOutputWithTargetAndCaption() throws IOException {
        assertEquals(
                List.of(
                        "DINO cup in add/add_entity/5_entity_black.jpg",
                        "CLIP_I cup in add/add_entity/5_entity_black.jpg",
                        "CLIP_T 'a cup on a desk'",
                        "L1 add/add_target/5_target.jpg",
                        "L2 add/add_target/5_target.jpg"),
                comparisons(migeBench().samples().get(0).turn(0)));
    }

    @Test
    void migeBenchKeepsTheOutputsOfAddAndReplaceApart() throws IOException {
        assertEquals(List.of("add/5", "replace/5"), outputNames(migeBench()));
    }

    @Test
    void aDamagedImageIsReportedWhenItsTaskIsMade() throws IOException {
        Benchmark benchmark = migeBench();
        write("add/add_entity/5_entity_black.jpg", "<html>");
        BenchmarkTurn turn = benchmark.samples().get(0).turn(0);
        assertTrue(assertThrows(UsageException.class, () -> turn.task(Optional.empty()))
                .getMessage()
                .contains("5_entity_black.jpg"));
        assertTrue(assertThrows(UsageException.class, turn::target).getMessage().contains("5_target.jpg"));
    }

    @Test
    void dreamBenchAsksForFourImagesOfEachPrompt() throws IOException {
        Benchmark benchmark = dreamBench();
        assertEquals(16, benchmark.samples().size());
        assertEquals(
                List.of("mug/00_0", "mug/00_1", "mug/00_2", "mug/00_3", "mug/01_0"),
                outputNames(benchmark).subList(0, 5));
        assertEquals(
                List.of(0L, 1L, 2L, 3L, 0L),
                benchmark.samples().stream().limit(5).map(BenchmarkSample::seed).toList());
        SubjectGeneration task =
                (SubjectGeneration) benchmark.samples().get(0).turn(0).task(Optional.empty());
        assertEquals("a<imagehere>on a shelf", task.instruction().text());
        assertEquals(List.of(RED), task.instruction().images());
    }

    @Test
    void dreamBenchAveragesOverAllImagesOfTheSubjectAndOverTheReferenceAlone() throws IOException {
        assertEquals(
                List.of(
                        "DINO dataset/mug/00.png and dataset/mug/01.png",
                        "CLIP_I dataset/mug/00.png and dataset/mug/01.png",
                        "DINO_INPUT dataset/mug/00.png",
                        "CLIP_I_INPUT dataset/mug/00.png",
                        "CLIP_T 'a cup on a shelf'"),
                comparisons(dreamBench().samples().get(0).turn(0)));
    }

    @Test
    void magicBrushEvaluatesAllTurnsIndependentlyAndTheFinalTurnAfterTheOthers() throws IOException {
        Benchmark benchmark = magicBrush();
        assertEquals(List.of("12/12_1", "12/12_inde_2", "12/12_1", "12/12_iter_2"), outputNames(benchmark));
        BLUE.write(folder.resolve("images/12/12-output1.png"));
        BenchmarkTurn independent = benchmark.samples().get(1).turn(0),
                iterated = benchmark.samples().get(2).turn(1);
        assertEquals(Optional.of(BLUE), independent.task(Optional.empty()).source());
        assertEquals(Optional.of(RED), iterated.task(Optional.of(RED)).source());
        assertTrue(iterated.isScored());
        assertTrue(!benchmark.samples().get(2).turn(0).isScored());
        assertTrue(benchmark.samples().stream().allMatch(sample -> sample.item().equals("12")));
    }

    @Test
    void magicBrushComparesWithTheTargetAndBothCaptions() throws IOException {
        String target = "images/12/12-output2.png";
        assertEquals(
                List.of(
                        "L1 " + target,
                        "L2 " + target,
                        "CLIP_I " + target,
                        "DINO " + target,
                        "CLIP_T 'a red hat'",
                        "CLIP_T_GLOBAL the data have no caption of this turn"),
                comparisons(magicBrush().samples().get(1).turn(0)));
    }

    @Test
    void magicBrushDoesNotCompareWithCaptionsWhereTheDataHaveNone() throws IOException {
        magicBrush();
        write("global_descriptions.json", "{}");
        write("local_descriptions.json", "{}");
        List<Comparison> comparisons =
                MagicBrush.load(folder).samples().get(0).turn(0).comparisons();
        assertEquals(
                List.of(Metric.L1, Metric.L2, Metric.CLIP_I, Metric.DINO),
                comparisons.stream().map(Comparison::metric).toList());
    }

    @Test
    void magicBrushRefusesImagesOfOtherSessionsAndTurnsAsTheScriptOfItsAuthors() throws IOException {
        Benchmark benchmark = magicBrush();
        Path images = Files.createDirectories(folder.resolve("theirs/12")).getParent();
        for (String file : List.of("12_1.png", "12_iter_2.jpg", "12-mask1.png", "notes.txt"))
            Files.createFile(images.resolve("12").resolve(file));
        benchmark.checkImages(images);
        Files.createFile(images.resolve("12/12_inde_3.png"));
        Files.createDirectories(images.resolve("13"));
        assertEquals(
                images
                        + " has 12/12_inde_3.png, 13, which are no session or turn of this benchmark; the authors'"
                        + " script refuses such a folder, so remove what does not belong to it.",
                assertThrows(UsageException.class, () -> benchmark.checkImages(images))
                        .getMessage());
    }

    @Test
    void instructionsOfEditsAreThoseOfEmuEditInTheFaithfulMode() {
        InstructionEdit edit = PublishedTurn.edit("Make [image] red.", BLUE);
        assertEquals(
                "Follow the instruction to edit the image:\n make [image] red in<imagehere>",
                PromptTemplates.TRAINING.referencePrompt(edit).text());
    }

    private Benchmark emuEdit(boolean faithful, String... records) throws IOException {
        write("emu_edit.json", "[" + String.join(",", records) + "]");
        BLUE.write(folder.resolve("data/7.png"));
        return EmuEdit.load(folder, faithful);
    }

    private static String emuRecord(int id, String task, String instruction, String outputCaption) {
        return """
                {"idx": %d, "task": "%s", "instruction": "%s", "image": "/any/data/7.png",
                 "input_caption": "a lake", "output_caption": "%s"}""".formatted(id, task, instruction, outputCaption);
    }

    @Test
    void emuEditComparesWithTheSourceAndLeavesOutCaptionsThatAreEqual() throws IOException {
        Benchmark benchmark = emuEdit(
                false, emuRecord(0, "add", " Add a swan.", "a swan"), emuRecord(180, "text", "Write", "a lake"));
        assertEquals(List.of("0", "180"), outputNames(benchmark));
        assertEquals(
                List.of(
                        "CLIP_I data/7.png",
                        "DINO data/7.png",
                        "L1 data/7.png",
                        "CLIP_T 'a swan'",
                        "CLIP_DIRECTION data/7.png: 'a lake' to 'a swan'"),
                comparisons(benchmark.samples().get(0).turn(0)));
        assertEquals(
                List.of("CLIP_T the captions are equal", "CLIP_DIRECTION the captions are equal"),
                comparisons(benchmark.samples().get(1).turn(0)).subList(3, 5));
    }

    @Test
    void dreamBenchDividesItsItemsByClassWhereTheDataHaveIt() throws IOException {
        assertEquals(Set.of("objects", "live subjects"), kinds(dreamBench()));
        write("mige.json", """
                [{"entity_path": ["/their/disk/dataset/pet/00.png"], "multi_prompt": "a<ImageHere>", "prompt": "a dog"}]
                """);
        assertEquals(Set.of("subject"), kinds(DreamBench.load(folder.resolve("mige.json"))));
    }

    private static Set<String> kinds(Benchmark benchmark) {
        return benchmark.samples().stream().map(s -> s.turn(0).kind()).collect(Collectors.toSet());
    }

    @Test
    void emuEditNamesTheSubsetsThatPapersReport() throws IOException {
        Benchmark benchmark = emuEdit(
                false,
                emuRecord(0, "add", "a", "b"),
                emuRecord(1, "text", "a", "b"),
                emuRecord(2, "global", "a", "a lake"));
        assertEquals(
                List.of(
                        new ScoreSubset(
                                "all",
                                "without text",
                                Set.of("add", "remove", "color", "local", "style", "background", "global"),
                                Set.of()),
                        new ScoreSubset("all", "captions differ", Set.of(), Set.of("captions differ"))),
                benchmark.subsets());
        assertEquals(
                List.of("captions differ", "captions differ", "captions equal"),
                benchmark.samples().stream().map(s -> s.turn(0).split()).toList());
    }

    private String faithfulPrompt(String task, String instruction) throws IOException {
        Benchmark benchmark = emuEdit(true, emuRecord(1, task, instruction, "b"));
        return PromptTemplates.TRAINING
                .referencePrompt(benchmark.samples().get(0).turn(0).task(Optional.empty()))
                .body();
    }

    @Test
    void emuEditWordsInstructionsAsMigesProgramInTheFaithfulMode() throws IOException {
        assertEquals("make it dusk of<imagehere>", faithfulPrompt("global", "Make it dusk."));
        assertEquals("make it dusk in<imagehere>", faithfulPrompt("style", "Make it dusk."));
        assertEquals("make <imagehere> dusk", faithfulPrompt("global", "Make the photo dusk."));
        assertEquals("make <imagehere> as <imagehere>", faithfulPrompt("global", "Make the photo as the picture."));
    }

    @Test
    void imagesWithoutAPlaceholderAreIgnoredButPlaceholdersNeedAnImage() throws IOException {
        RED.write(folder.resolve("a.png"));
        ImageSource image = new ImageSource() {
            @Override
            public String name() {
                return "a.png";
            }

            @Override
            public byte[] file() {
                return read().toPng();
            }

            @Override
            public Image read() {
                return RED;
            }
        };
        assertEquals(
                1,
                PublishedTurn.instruction("a <IMAGEHERE>", List.of(image, image))
                        .images()
                        .size());
        assertEquals(
                "The instruction has 2 <image> placeholders but 1 image was given. Give one image per placeholder.",
                assertThrows(
                                UsageException.class,
                                () -> PublishedTurn.instruction("<ImageHere><imagehere>", List.of(image)))
                        .getMessage());
    }

    @Test
    void otherDataAreOtherSettings() throws IOException {
        String before = migeBench().inputSettings();
        write("add_bench.json", "[]");
        assertTrue(!MigeBench.load(folder).inputSettings().equals(before));
        assertEquals(Metric.DINO_INPUT, dreamBench().publishedValues().get(0).metric());
    }
}

package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.image.Resampling;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.FlopCounter;
import dev.mige4j.tensor.Rng;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.RandomCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigeTest {

    static final Mige MIGE = Mige.random(1);

    static final Image DOG = noise(40, 40, 1), ROOM = noise(48, 48, 2), WIDE = noise(64, 30, 3);
    static final Task GENERATION = new SubjectGeneration(Instruction.of("a <image> on the beach", DOG));
    static final Task EDIT = new InstructionEdit(Instruction.of("make the dog in <image> blue", ROOM), ROOM);
    static final Task COMPOSITION =
            new SubjectEdit(Instruction.of("replace the cat in <image> with <image>", ROOM, DOG), ROOM);

    @AfterAll
    static void close() {
        MIGE.close();
    }

    static Image noise(int width, int height, long seed) {
        Rng rng = new Rng(seed, 0);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) rng.nextInt(256);
        return Image.of(width, height, rgb);
    }

    private static Image generateOne(Task task, Settings settings) {
        return MIGE.generate(task, settings).get(0).image();
    }

    @Test
    void runsAllThreeTaskTypes() {
        assertEquals(32, generateOne(GENERATION, Settings.DEFAULT).width());
        assertEquals(48, generateOne(EDIT, Settings.DEFAULT).width());
        assertEquals(48, generateOne(COMPOSITION, Settings.DEFAULT).width());
    }

    @Test
    void aLargeModelMapsItsEncoderForEachRequestAndGivesTheSameImages(@TempDir Path folder) throws Exception {
        byte[] tokenizer = TokenizerBuilder.build(
                List.of("make the dog blue a picture on beach"),
                ModelConfig.TINY.encoder().text().vocabularySize() - Tokenizer.EXTRA_IDS);
        RandomCheckpoint.write(
                folder, ModelNetworks.requiredTensors(ModelConfig.TINY), tokenizer, 5, ProgressListener.NONE);
        try (Mige mige = new Mige(ModelComponents.open(folder, 0, ProgressListener.NONE))) {
            LoadReport report = mige.loadReport();
            GeneratedImage first = mige.generate(EDIT, Settings.DEFAULT).get(0);
            assertEquals(first, mige.generate(EDIT, Settings.DEFAULT).get(0));
            Callable<GeneratedImage> request =
                    () -> mige.generate(EDIT, Settings.DEFAULT).get(0);
            var executor = Executors.newFixedThreadPool(3);
            try {
                for (var image : executor.invokeAll(List.of(request, request, request)))
                    assertEquals(first, image.get());
            } finally {
                executor.shutdown();
            }
            assertEquals(report, mige.loadReport());
        }
    }

    @Test
    void minusOneIsARandomSeedThatTheRecipeNames() {
        GeneratedImage image = MIGE.generate(GENERATION, Settings.DEFAULT.withSeed(Settings.RANDOM_SEED))
                .get(0);
        assertTrue(image.seed() >= 0);
        assertEquals(
                image,
                MIGE.generate(GENERATION, Settings.DEFAULT.withSeed(image.seed()))
                        .get(0));
    }

    @Test
    void editsKeepTheSourceSize() {
        Task edit = new InstructionEdit(Instruction.of("make it night in <image>", WIDE), WIDE);
        Image result = generateOne(edit, Settings.DEFAULT);
        assertEquals(64, result.width());
        assertEquals(30, result.height());
        assertEquals(
                32,
                generateOne(edit, Settings.DEFAULT.withFaithful(true)).width(),
                "the reference gives its own square");
    }

    @Test
    void resultsAreScaledAndCroppedToTheSizeThatWasAsked() {
        Settings sized = Settings.DEFAULT.withSize(new ImageSize(96, 64));
        Image generated = generateOne(GENERATION, Settings.DEFAULT);
        GeneratedImage result = MIGE.generate(GENERATION, sized).get(0);
        assertEquals(Resampling.BICUBIC.resize(generated, 96, 96, 0, 16, 96, 64), result.image());
        assertEquals("96x64", result.recipe().size());
        assertTrue(
                result.notices()
                        .contains("The model generates 32 x 32 pixels; the result is scaled to 96 x 64 and cropped at"
                                + " the top and bottom."),
                result.notices().toString());
        GeneratedImage cut = MIGE.generate(GENERATION, Settings.DEFAULT.withSize(new ImageSize(20, 32)))
                .get(0);
        assertTrue(
                cut.notices()
                        .contains("The model generates 32 x 32 pixels; the result is cropped to 20 x 32 at the left and"
                                + " right."),
                cut.notices().toString());
        GeneratedImage edited = MIGE.generate(EDIT, sized).get(0);
        assertEquals(96, edited.image().width());
        assertEquals(64, edited.image().height());
        assertTrue(edited.notices().get(edited.notices().size() - 1).startsWith("The source has 48 x 48 pixels"));
    }

    @Test
    void theSizeThatResultsHaveAnywayChangesNothing() {
        for (Task task : List.of(GENERATION, EDIT)) {
            int side = task.source().isPresent() ? 48 : 32;
            assertEquals(
                    MIGE.generate(task, Settings.DEFAULT),
                    MIGE.generate(task, Settings.DEFAULT.withSize(new ImageSize(side, side))));
        }
    }

    @Test
    void sameSeedAndIndexGiveTheSameImageForAnyBatchAndThreadCount() {
        List<GeneratedImage> three =
                MIGE.generate(GENERATION, Settings.DEFAULT.withSeed(7).withCount(3));
        assertEquals(
                three.get(0),
                MIGE.generate(GENERATION, Settings.DEFAULT.withSeed(7)).get(0));
        assertEquals(
                three.subList(1, 3),
                MIGE.generate(
                        GENERATION,
                        Settings.DEFAULT.withSeed(7).withFirstIndex(1).withCount(2)));
        assertNotEquals(three.get(0).image(), three.get(1).image());
        assertNotEquals(three.get(0).image(), generateOne(GENERATION, Settings.DEFAULT.withSeed(8)));
        int threads = Engine.instance().numThreads();
        try {
            Engine.instance().setNumThreads(1);
            assertEquals(
                    three,
                    MIGE.generate(GENERATION, Settings.DEFAULT.withSeed(7).withCount(3)));
        } finally {
            Engine.instance().setNumThreads(threads);
        }
    }

    @Test
    void dependsOnTextImagesAndSource() {
        Image plain = generateOne(COMPOSITION, Settings.DEFAULT);
        assertNotEquals(
                plain,
                generateOne(
                        new SubjectEdit(Instruction.of("add the cat in <image> with <image>", ROOM, DOG), ROOM),
                        Settings.DEFAULT));
        assertNotEquals(
                plain,
                generateOne(
                        new SubjectEdit(
                                Instruction.of("replace the cat in <image> with <image>", ROOM, noise(40, 40, 9)),
                                ROOM),
                        Settings.DEFAULT));
        Image other = noise(48, 48, 10);
        assertNotEquals(
                plain,
                generateOne(
                        new SubjectEdit(Instruction.of("replace the cat in <image> with <image>", other, DOG), other),
                        Settings.DEFAULT));
    }

    @Test
    void concurrentRequestsMatchSequentialRequests() throws Exception {
        List<Task> tasks = List.of(GENERATION, EDIT, COMPOSITION, EDIT, GENERATION, COMPOSITION);
        List<Image> sequential =
                tasks.stream().map(t -> generateOne(t, Settings.DEFAULT)).toList();
        var threads = Executors.newFixedThreadPool(3);
        try {
            List<Callable<Image>> work = new ArrayList<>();
            for (Task t : tasks) work.add(() -> generateOne(t, Settings.DEFAULT));
            List<Image> concurrent = new ArrayList<>();
            for (var f : threads.invokeAll(work)) concurrent.add(f.get());
            assertEquals(sequential, concurrent);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void skippingACancellingBranchDoesNotChangeTheImage() {
        Image two = generateOne(EDIT, Settings.DEFAULT.withImageGuidance(1));
        Image three = generateOne(EDIT, Settings.DEFAULT.withImageGuidance(1.0000001));
        byte[] a = two.rgb(), b = three.rgb();
        for (int i = 0; i < a.length; i++) assertTrue(Math.abs((a[i] & 255) - (b[i] & 255)) <= 1, "byte " + i);
    }

    /** Large models compute this way on processors with bfloat16 instructions. */
    @Test
    void bfloat16GivesNearlyTheSameImage() {
        try (Mige narrow = new Mige(ModelComponents.random(1, DType.BF16))) {
            for (Task task : List.of(GENERATION, EDIT, COMPOSITION)) {
                for (boolean faithful : new boolean[] {false, true}) {
                    Settings settings = Settings.DEFAULT.withFaithful(faithful);
                    byte[] a = generateOne(task, settings).rgb(),
                            b = narrow.generate(task, settings).get(0).image().rgb();
                    double difference = 0;
                    for (int i = 0; i < a.length; i++) difference += Math.abs((a[i] & 255) - (b[i] & 255));
                    assertTrue(
                            difference / a.length > 0 && difference / a.length < 6,
                            task + ", faithful " + faithful + ": " + difference / a.length + " of 255 apart");
                }
            }
        }
    }

    @Test
    void reportsEveryStepInOrder() {
        List<String> events = new ArrayList<>();
        List<Double> fractions = new ArrayList<>();
        MIGE.generate(GENERATION, Settings.DEFAULT.withSteps(3).withCount(2), progress -> {
            events.add(progress.stage() + " " + progress.done() + "/" + progress.total());
            fractions.add(progress.fraction());
            return true;
        });
        assertEquals(
                List.of(
                        "ENCODING 0/2",
                        "ENCODING 1/2",
                        "ENCODING 2/2",
                        "DENOISING 0/6",
                        "DENOISING 1/6",
                        "DENOISING 2/6",
                        "DENOISING 3/6",
                        "DECODING 0/2",
                        "DECODING 1/2",
                        "DENOISING 4/6",
                        "DENOISING 5/6",
                        "DENOISING 6/6",
                        "DECODING 2/2"),
                events.stream().distinct().toList());
        assertEquals(fractions.stream().sorted().toList(), fractions);
        assertEquals(0, fractions.get(0));
        assertEquals(1, fractions.get(fractions.size() - 1), 1e-9);
    }

    @Test
    void previewsTakeAtMostATwentiethOfTheWork() {
        List<Integer> sizes = new ArrayList<>();
        double[] flops = {0, 0};
        flops[0] = FlopCounter.count(() -> MIGE.generate(GENERATION, Settings.DEFAULT.withSteps(600)));
        flops[1] = FlopCounter.count(() -> MIGE.generate(GENERATION, Settings.DEFAULT.withSteps(600), progress -> {
            progress.preview().get().ifPresent(image -> sizes.add(image.width()));
            return true;
        }));
        assertTrue(sizes.size() > 1 && sizes.stream().allMatch(size -> size == 32), sizes.toString());
        assertTrue(flops[1] <= 1.05 * flops[0], flops[0] + " and " + flops[1]);
    }

    @Test
    void stopsAtTheNextStepWhenCancelled() {
        int[] steps = {0};
        var e = assertThrows(
                CancelledException.class,
                () -> MIGE.generate(
                        EDIT,
                        Settings.DEFAULT.withSteps(10),
                        progress -> progress.stage() != Stage.DENOISING || ++steps[0] < 4));
        assertEquals("cancelled while denoising, after 3 of 10", e.getMessage());
        assertEquals(4, steps[0]);
    }

    @Test
    void reportsDroppedWords() {
        String longText = "a <image> " + "word ".repeat(200);
        assertEquals(
                1,
                MIGE.generate(new SubjectGeneration(Instruction.of(longText, DOG)), Settings.DEFAULT)
                        .get(0)
                        .notices()
                        .size());
        assertEquals(
                List.of(), MIGE.generate(GENERATION, Settings.DEFAULT).get(0).notices());
    }

    @Test
    void keepsPixelsOutsideTheMaskExactly() {
        byte[] half = new byte[3 * 48 * 48];
        for (int y = 0; y < 48; y++) java.util.Arrays.fill(half, 3 * (y * 48 + 24), 3 * (y * 48 + 48), (byte) 255);
        Image result = generateOne(EDIT, Settings.DEFAULT.withRegion(Region.mask(Image.of(48, 48, half))));
        assertEquals(ROOM.crop(0, 0, 22, 48), result.crop(0, 0, 22, 48));
        assertNotEquals(ROOM.crop(26, 0, 22, 48), result.crop(26, 0, 22, 48));
    }

    @Test
    void saysThatAMaskOfAnotherSizeIsScaled() {
        Settings small = Settings.DEFAULT.withRegion(Region.mask(Image.filled(24, 24, 0xffffff)));
        String notice = "The mask has 24 x 24 pixels and is scaled to the 48 x 48 of the source.";
        assertTrue(MIGE.notices(EDIT, small).contains(notice));
        Settings same = Settings.DEFAULT.withRegion(Region.mask(Image.filled(48, 48, 0xffffff)));
        assertFalse(String.join("", MIGE.notices(EDIT, same)).contains("scaled"));
    }

    @Test
    void keepsAlphaOutsideTheMaskOrSaysThatItIsLost() {
        byte[] alpha = new byte[48 * 48];
        for (int i = 0; i < alpha.length; i++) alpha[i] = (byte) i;
        Image source = Image.of(48, 48, ROOM.rgb(), alpha), right = Image.filled(24, 48, 0xffffff);
        Task edit = InstructionEdit.of("make it night", source);
        Region mask = Region.mask(Image.filled(48, 48, 0).paste(right, 24, 0));
        GeneratedImage masked =
                MIGE.generate(edit, Settings.DEFAULT.withRegion(mask)).get(0);
        assertEquals(source.crop(0, 0, 24, 48), masked.image().crop(0, 0, 24, 48));
        assertFalse(masked.image().crop(24, 0, 24, 48).hasAlpha());
        assertEquals(masked.image(), Image.read(masked.toPng(), "x"));
        assertEquals(List.of(), masked.notices());
        GeneratedImage cutOut =
                MIGE.generate(edit, Settings.DEFAULT.withRegion(Region.AUTO)).get(0);
        assertArrayEquals(alpha, cutOut.image().alpha());
        assertEquals(
                List.of("The source is partly transparent, and its transparent part stays as it is; give a mask to edit"
                        + " there."),
                cutOut.notices());
        GeneratedImage opaque = MIGE.generate(edit, Settings.DEFAULT.withRegion(Region.EVERYWHERE))
                .get(0);
        assertFalse(opaque.image().hasAlpha());
        assertEquals(
                List.of("The source is partly transparent, and the result is opaque: the edit may change every pixel;"
                        + " a mask, or the mask \"auto\", keeps transparency elsewhere."),
                opaque.notices());
        assertEquals(
                opaque.image(),
                generateOne(
                        InstructionEdit.of("make it night", source.flatten(0)),
                        Settings.DEFAULT.withRegion(Region.EVERYWHERE)));
    }

    @Test
    void recipeRecordsHowTheImageWasGenerated() {
        List<GeneratedImage> images =
                MIGE.generate(COMPOSITION, Settings.DEFAULT.withSeed(5).withCount(2));
        Recipe recipe = images.get(1).recipe();
        assertEquals("subject_edit", recipe.task());
        assertEquals(5, recipe.seed());
        assertEquals(1, recipe.index());
        assertEquals(2, recipe.images().size());
        assertEquals(4, recipe.steps(), "the model's default is written out");
        assertEquals(recipe, Recipe.fromPngText(recipe.toPngText()));
    }

    /** Lost native memory grows with every hundred requests; Java's own heap, which is counted too, grows once. */
    @Test
    void doesNotLeakMemory() throws Exception {
        for (int i = 0; i < 30; i++) generateOne(COMPOSITION, Settings.DEFAULT.withSteps(2));
        long least = Long.MAX_VALUE;
        for (int hundred = 0; hundred < 4; hundred++) {
            long before = residentBytes();
            for (int i = 0; i < 100; i++)
                generateOne(
                        i % 2 == 0 ? COMPOSITION : GENERATION,
                        Settings.DEFAULT.withSteps(2).withSeed(i));
            least = Math.min(least, residentBytes() - before);
        }
        assertTrue(least < 12L << 20, "resident memory grew by " + least + " with every hundred requests");
    }

    private static long residentBytes() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
        }
        return 0;
    }
}

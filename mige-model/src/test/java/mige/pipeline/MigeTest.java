package mige.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import mige.image.Picture;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;
import mige.tensor.DType;
import mige.tensor.Engine;
import mige.tensor.Rng;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class MigeTest {

    static final Mige MIGE = Mige.random(1);

    static final Picture DOG = noise(40, 40, 1), ROOM = noise(48, 48, 2), WIDE = noise(64, 30, 3);
    static final Task GENERATION = new SubjectGeneration(Instruction.of("a <image> on the beach", DOG));
    static final Task EDIT = new InstructionEdit(Instruction.of("make the dog in <image> blue", ROOM), ROOM);
    static final Task COMPOSITION = new SubjectEdit(Instruction.of("replace the cat in <image> with <image>", ROOM, DOG), ROOM);

    @AfterAll
    static void close() {
        MIGE.close();
    }

    static Picture noise(int width, int height, long seed) {
        Rng rng = new Rng(seed, 0);
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) rng.nextInt(256);
        return Picture.of(width, height, rgb);
    }

    private static Picture one(Task task, Settings settings) {
        return MIGE.create(task, settings).pictures().get(0);
    }

    @Test
    void doesAllThreeTasksInOneForm() {
        assertEquals(32, one(GENERATION, Settings.DEFAULT).width());
        assertEquals(48, one(EDIT, Settings.DEFAULT).width());
        assertEquals(48, one(COMPOSITION, Settings.DEFAULT).width());
    }

    @Test
    void givesAnEditTheSizeOfItsSource() {
        Task edit = new InstructionEdit(Instruction.of("make it night in <image>", WIDE), WIDE);
        Picture result = one(edit, Settings.DEFAULT);
        assertEquals(64, result.width());
        assertEquals(30, result.height());
        assertEquals(32, one(edit, Settings.DEFAULT.withFaithful(true)).width(), "the reference gives its own square");
    }

    @Test
    void aSeedAndAnIndexMeanOnePictureAloneOrInABatchAtAnyThreadCount() {
        List<Picture> three = MIGE.create(GENERATION, Settings.DEFAULT.withSeed(7).withCount(3)).pictures();
        assertEquals(three.get(0), one(GENERATION, Settings.DEFAULT.withSeed(7)));
        assertNotEquals(three.get(0), three.get(1));
        assertNotEquals(three.get(0), one(GENERATION, Settings.DEFAULT.withSeed(8)));
        int threads = Engine.start().threads();
        try {
            Engine.start().threads(1);
            assertEquals(three, MIGE.create(GENERATION, Settings.DEFAULT.withSeed(7).withCount(3)).pictures());
        } finally {
            Engine.start().threads(threads);
        }
    }

    @Test
    void listensToWordsPicturesAndCanvas() {
        Picture plain = one(COMPOSITION, Settings.DEFAULT);
        assertNotEquals(plain, one(new SubjectEdit(Instruction.of("add the cat in <image> with <image>", ROOM, DOG), ROOM), Settings.DEFAULT));
        assertNotEquals(plain, one(new SubjectEdit(Instruction.of("replace the cat in <image> with <image>", ROOM, noise(40, 40, 9)), ROOM), Settings.DEFAULT));
        Picture other = noise(48, 48, 10);
        assertNotEquals(plain, one(new SubjectEdit(Instruction.of("replace the cat in <image> with <image>", other, DOG), other), Settings.DEFAULT));
    }

    @Test
    void twoRequestsAtOnceGiveWhatTheyGiveOneAfterTheOther() throws Exception {
        List<Task> tasks = List.of(GENERATION, EDIT, COMPOSITION, EDIT, GENERATION, COMPOSITION);
        List<Picture> after = tasks.stream().map(t -> one(t, Settings.DEFAULT)).toList();
        var threads = Executors.newFixedThreadPool(3);
        try {
            List<Callable<Picture>> work = new ArrayList<>();
            for (Task t : tasks) work.add(() -> one(t, Settings.DEFAULT));
            List<Picture> together = new ArrayList<>();
            for (var f : threads.invokeAll(work)) together.add(f.get());
            assertEquals(after, together);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void leavingOutTheBranchThatCancelsChangesNothingVisible() {
        Picture two = one(EDIT, Settings.DEFAULT.withImageGuidance(1));
        Picture three = one(EDIT, Settings.DEFAULT.withImageGuidance(1.0000001));
        byte[] a = two.rgb(), b = three.rgb();
        for (int i = 0; i < a.length; i++) assertTrue(Math.abs((a[i] & 255) - (b[i] & 255)) <= 1, "byte " + i);
    }

    /** As big models do where the processor multiplies bfloat16. */
    @Test
    void networksInBfloat16MakeNearlyTheSamePictureOfEveryTask() {
        try (Mige narrow = new Mige(Model.random(1, DType.BF16))) {
            for (Task task : List.of(GENERATION, EDIT, COMPOSITION)) {
                for (boolean faithful : new boolean[] {false, true}) {
                    Settings settings = Settings.DEFAULT.withFaithful(faithful);
                    byte[] a = one(task, settings).rgb(), b = narrow.create(task, settings).pictures().get(0).rgb();
                    double off = 0;
                    for (int i = 0; i < a.length; i++) off += Math.abs((a[i] & 255) - (b[i] & 255));
                    assertTrue(off / a.length > 0 && off / a.length < 6, task + ", faithful " + faithful + ": " + off / a.length + " of 255 apart");
                }
            }
        }
    }

    @Test
    void tellsEveryStepInOrderAndShowsAPreview() {
        List<String> heard = new ArrayList<>();
        List<Integer> previews = new ArrayList<>();
        MIGE.create(GENERATION, Settings.DEFAULT.withSteps(3), (stage, done, of, preview) -> {
            heard.add(stage + " " + done + "/" + of);
            preview.get().ifPresent(p -> previews.add(p.width()));
            return true;
        });
        assertEquals(List.of("ENCODING 0/2", "ENCODING 1/2", "ENCODING 2/2", "DENOISING 0/3", "DENOISING 1/3", "DENOISING 2/3", "DENOISING 3/3",
                "DECODING 1/1"), heard);
        assertEquals(List.of(32, 32, 32), previews);
    }

    @Test
    void stopsAtTheNextStepWhenAsked() {
        int[] steps = {0};
        var e = assertThrows(CancelledException.class, () -> MIGE.create(EDIT, Settings.DEFAULT.withSteps(10),
                (stage, done, of, preview) -> stage != Stage.DENOISING || ++steps[0] < 4));
        assertEquals("cancelled while denoising, after 3 of 10", e.getMessage());
        assertEquals(4, steps[0]);
    }

    @Test
    void reportsWordsThatDidNotFit() {
        String longText = "a <image> " + "word ".repeat(200);
        assertEquals(1, MIGE.create(new SubjectGeneration(Instruction.of(longText, DOG)), Settings.DEFAULT).notices().size());
        assertEquals(List.of(), MIGE.create(GENERATION, Settings.DEFAULT).notices());
    }

    @Test
    void keepsPixelsOutsideTheRegionBitForBit() {
        byte[] half = new byte[3 * 48 * 48];
        for (int y = 0; y < 48; y++) java.util.Arrays.fill(half, 3 * (y * 48 + 24), 3 * (y * 48 + 48), (byte) 255);
        Picture result = one(EDIT, Settings.DEFAULT.withRegion(Region.mask(Picture.of(48, 48, half))));
        assertEquals(ROOM.crop(0, 0, 22, 48), result.crop(0, 0, 22, 48));
        assertNotEquals(ROOM.crop(26, 0, 22, 48), result.crop(26, 0, 22, 48));
    }

    @Test
    void theRecipeSaysHowThePictureWasMade() {
        Creation made = MIGE.create(COMPOSITION, Settings.DEFAULT.withSeed(5).withCount(2));
        Recipe recipe = made.recipes().get(1);
        assertEquals("subject_edit", recipe.task());
        assertEquals(5, recipe.seed());
        assertEquals(1, recipe.index());
        assertEquals(2, recipe.pictures().size());
        assertEquals(4, recipe.steps(), "the model's default is written out");
        assertEquals(recipe, Recipe.fromText(recipe.asText()));
    }

    /** Lost native memory grows with every hundred requests; Java's own heap, which is counted too, grows once. */
    @Test
    void hundredsOfRequestsNeedNoMoreMemory() throws Exception {
        for (int i = 0; i < 30; i++) one(COMPOSITION, Settings.DEFAULT.withSteps(2));
        long least = Long.MAX_VALUE;
        for (int hundred = 0; hundred < 4; hundred++) {
            long before = residentBytes();
            for (int i = 0; i < 100; i++) one(i % 2 == 0 ? COMPOSITION : GENERATION, Settings.DEFAULT.withSteps(2).withSeed(i));
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

package dev.mige4j.photos.naming;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PhotoObject;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import dev.mige4j.task.Instruction;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamingTest {

    /** A photograph of 30 x 30 pixels with an object of 10 x 15. */
    static CutOut cutOut(String path, int left, int top, String category) {
        byte[] mask = new byte[900];
        for (int y = top; y < top + 15; y++) for (int x = left; x < left + 10; x++) mask[y * 30 + x] = 1;
        ObjectMask object = new ObjectMask(BinaryMask.of(30, 30, mask), Optional.ofNullable(category));
        Image image = Image.filled(30, 30, 0x336699);
        return new CutOut(
                new PhotoObject(new Photo(path, image), object),
                Image.filled(4, 4, 0xffffff),
                Image.filled(4, 4, 0x000000));
    }

    static <T> T kept(StageResult<T> result) {
        return ((StageResult.Kept<T>) result).value();
    }

    private static String added(String path, int left, int top, String category, long seed) {
        NamedObject named = kept(new CategoryNamer().apply(cutOut(path, left, top, category)));
        return kept(new AddTemplates(seed).apply(named));
    }

    @ParameterizedTest
    @CsvSource({"dining table, dining table", "coffee_mug, coffee mug", "Bat_(animal), bat", "an apple, apple", "A, a"})
    void namesAnObjectByItsCategory(String category, String name) {
        assertEquals(
                name,
                kept(new CategoryNamer().apply(cutOut("a.jpg", 0, 0, category))).name());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "17 <b>", "one two three four five six", "///"})
    void callsAnObjectWithoutCategoryAnObject(String category) {
        assertEquals(
                "object",
                kept(new CategoryNamer().apply(cutOut("a.jpg", 0, 0, category))).name());
    }

    @Test
    void givesEachAdditionTheObjectAndThenTheSource() {
        Set<String> instructions = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            String instruction = added(i + ".jpg", 0, 0, "dog", 7);
            assertEquals(2, Instruction.countPlaceholders(instruction), instruction);
            instructions.add(instruction);
        }
        assertTrue(instructions.contains("Add <imagehere> to the left side of <imagehere>"), instructions.toString());
        assertTrue(
                instructions.contains("Add <imagehere> to <imagehere>. The dog is about half as high as the image."),
                instructions.toString());
        assertEquals(10, instructions.size());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, on the left side of",
        "20, 8, on the right side of",
        "10, 0, at the top of",
        "10, 15, at the bottom of",
        "10, 8, in the middle of"
    })
    void saysWhereTheObjectIs(int left, int top, String place) {
        Set<String> instructions = new HashSet<>();
        for (int i = 0; i < 100; i++) instructions.add(added(i + ".jpg", left, top, null, 7));
        assertTrue(instructions.contains("Put <imagehere> " + place + " <imagehere>"), instructions.toString());
    }

    @Test
    void doesNotWriteOfAnUnnamedObject() {
        for (int i = 0; i < 100; i++) {
            String instruction = added(i + ".jpg", 0, 0, null, 7);
            assertTrue(!instruction.contains("object"), instruction);
        }
    }

    @Test
    void choosesTheTemplateBySeedAndPathAlone() {
        assertEquals(added("a/b.jpg", 0, 0, "dog", 1), added("a/b.jpg", 0, 0, "dog", 1));
        Set<String> bySeed = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) bySeed.add(added("a/b.jpg", 0, 0, "dog", seed));
        assertTrue(bySeed.size() > 3, bySeed.toString());
    }

    @Test
    void replacesInTheRuleForm() {
        assertEquals("replace the rose in <imagehere> with <imagehere>", ReplaceTemplates.instruction("the Rose"));
        UsageException e = assertThrows(UsageException.class, () -> ReplaceTemplates.instruction("<x>"));
        assertEquals("'<x>' is no name of an object to replace; expected one to five words.", e.getMessage());
    }
}

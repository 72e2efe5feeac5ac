package mige.cli;

import static mige.cli.Spoken.mige;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import mige.image.Picture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every mistake a user can make gives one sentence and exit code 2, before any model is loaded. */
class ComplaintsTest {

    @TempDir Path folder;
    Path dog;

    @BeforeEach void aPicture() {
        dog = folder.resolve("dog.png");
        Picture.filled(40, 30, 0x804020).write(dog, Map.of());
    }

    private static void complains(String sentence, Object... words) {
        Spoken spoken = mige(words);
        assertEquals("mige: " + sentence, spoken.complaint());
        assertEquals(2, spoken.code());
        assertEquals("", spoken.out());
    }

    @Test void anUnknownOptionGetsASuggestion() {
        complains("there is no option '--step', did you mean --steps?", "create", "a tree", "--step", 3);
    }

    @Test void anUnknownCommandGetsASuggestion() {
        complains("there is no command 'creat', did you mean create or batch?", "creat", "a tree");
    }

    @Test void aTextWithoutQuotes() {
        complains("'tree' is one word too many; put a text into quotes", "create", "a", "tree");
    }

    @Test void aMissingFile() {
        Path missing = folder.resolve("cat.png");
        complains(missing + ": no such file", "edit", missing, "make it night");
    }

    @Test void aFileThatIsNoPicture() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.png"), "hello");
        assertTrue(mige("edit", text, "make it night").complaint().startsWith("mige: " + text + ": "));
        assertEquals(2, mige("edit", text, "make it night").code());
    }

    @Test void fewerPicturesThanMarks() {
        complains("The instruction has 2 <image> marks but 1 picture was given. Add --image, or take a mark away.", "create", "<image> by <image>", "-i", dog);
    }

    @Test void aNameThatNoPictureHas() {
        complains("The instruction says <image:cat> but no picture has that name; the names are dog.", "create", "<image:cat>", "-i", "dog=" + dog);
    }

    @Test void twoPicturesOfOneName() {
        complains("Two pictures have the name 'dog'; give each its own.", "create", "<image:dog>", "-i", "dog=" + dog, "-i", "dog=" + dog);
    }

    @Test void aFolderAsOutput() {
        complains(folder + " is a folder; name a file in it, such as " + folder.resolve("out.png"), "create", "a tree", "-o", folder);
    }

    @Test void anOutputThatIsNoPng() {
        complains("out.jpg does not end in .png; pictures are written as PNG, so that they carry their recipe", "create", "a tree", "-o", "out.jpg");
    }

    @Test void anOutputBelowAFile() {
        complains(dog + " cannot be made a folder: a file of that name is in the way", "create", "a tree", "-o", dog.resolve("out.png"));
    }

    @Test void tooManySteps() {
        complains("5000 steps are asked for, expected 2 to 1000", "create", "a tree", "--steps", 5000);
    }

    @Test void aNumberThatIsNone() {
        complains("Invalid value for option '--steps': 'many' is not an int", "create", "a tree", "--steps", "many");
    }

    @Test void aModelThatIsNotThere() {
        complains("nowhere: no such folder; --model takes 'embedded' or the folder of a model (mige download and mige convert make one)",
                "create", "a tree", "--model", "nowhere", "-o", folder.resolve("out.png"));
    }

    @Test void aModelThatCannotFit() throws IOException {
        Path model = Files.createDirectory(folder.resolve("huge"));
        try (RandomAccessFile sparse = new RandomAccessFile(model.resolve("denoiser.safetensors").toFile(), "rw")) {
            sparse.setLength(4L << 40);
        }
        Spoken spoken = mige("create", "a tree", "--model", model, "-o", folder.resolve("out.png"));
        assertEquals(2, spoken.code());
        assertTrue(spoken.err().contains("mige: " + model + " needs about 4098.0 GiB of memory but only "), spoken.err());
    }

    @Test void aMaskForANewPicture() {
        complains("--keep-outside keeps parts of a picture that is edited, but a new picture is asked for; take it away, or use mige edit",
                "create", "a tree", "--keep-outside", "auto", "-o", folder.resolve("out.png"));
    }

    @Test void aNamedPictureInAnEdit() {
        complains("An edit shows its own picture, as <image>; to bring in other pictures by name use mige compose.", "edit", dog, "add <image:cat>");
    }

    @Test void aCompositionWithoutItsCanvas() {
        complains("--canvas is '3', expected 1 to 2, or a file", "compose", "<image> on <image>", "-i", dog, "-i", dog, "--canvas", 3);
    }

    @Test void aPictureWithoutARecipe() {
        complains("the picture carries no mige recipe; only PNG files made by mige do", "recipe", dog);
    }

    @Test void aBatchThatIsNoJson() throws IOException {
        Path file = Files.writeString(folder.resolve("r.jsonl"), "{\"idx\": 1}\nhello\n");
        assertTrue(mige("batch", file).complaint().startsWith("mige: " + file + ": no JSON at line 2: "));
    }

    @Test void anEmptyBatch() throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), "[]");
        complains(file + ": holds no records", "batch", file);
    }
}

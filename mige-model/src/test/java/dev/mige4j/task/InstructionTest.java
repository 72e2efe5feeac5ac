package dev.mige4j.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstructionTest {
    final Image dog = Image.filled(2, 2, 0x804020),
            cat = Image.filled(3, 2, 0x102030),
            room = Image.filled(4, 4, 0xffffff);

    @Test
    void assignsPositionalImagesInOrder() {
        var instruction = Instruction.of("a <image> and a <IMAGE> on <imageHere>", dog, cat, room);
        assertEquals("a <imagehere> and a <imagehere> on <imagehere>", instruction.text());
        assertEquals(List.of(dog, cat, room), instruction.images());
    }

    @Test
    void allowsANamedImageSeveralTimes() {
        var instruction = Instruction.of(
                "<image:cat> beside <image> while <image: cat > sleeps", List.of(dog), Map.of("cat", cat));
        assertEquals(List.of(cat, dog, cat), instruction.images());
    }

    @Test
    void acceptsTextWithoutImages() {
        assertEquals(
                List.of(),
                Instruction.of("a lighthouse at night, 100 % dark <3").images());
    }

    @Test
    void keepsDollarsAndBackslashesOfTheText() {
        assertEquals(
                "$1 \\ <imagehere> $0", Instruction.of("$1 \\ <image> $0", dog).text());
    }

    @Test
    void rejectsAMismatchOfPlaceholdersAndImages() {
        assertErrorMessage(
                "The instruction has 2 <image> placeholders but 1 image was given. Give one image per placeholder.",
                () -> Instruction.of("<image> beside <image>", dog));
        assertErrorMessage(
                "The instruction does not mention the image. Write <image> in the text where it belongs.",
                () -> Instruction.of("a dog", dog));
        assertErrorMessage(
                "The instruction mentions none of the images. Write <image> in the text for each.",
                () -> Instruction.of("a dog", dog, cat));
        assertErrorMessage(
                "The instruction has 1 <image> placeholder but 0 images were given. Give one image per placeholder.",
                () -> new Instruction("a <imagehere>", List.of()));
    }

    @Test
    void rejectsUnknownAndUnusedNames() {
        assertErrorMessage(
                "The instruction refers to <image:dgo>, but no image has this name. The names are: dog.",
                () -> Instruction.of("a <image:dgo>", List.of(), Map.of("dog", dog)));
        assertErrorMessage(
                "The instruction refers to <image:dog>, but no image has a name. Name one, or write <image>.",
                () -> Instruction.of("a <image:dog>", List.of(dog), Map.of()));
        assertErrorMessage(
                "The image 'dog' is not used in the instruction. Write <image:dog> in the text, or remove the image.",
                () -> Instruction.of("a cat", List.of(), Map.of("dog", dog)));
    }

    @Test
    void understandsOtherSpellingsOfPlaceholders() {
        for (String placeholder : List.of(
                "<IMAGE>",
                "<img>",
                "< image >",
                "<image here>",
                "\uff1cimage\uff1e",
                "<image1>",
                "<image 1>",
                "<image#1>",
                "<image:1>",
                "<Image_1>",
                "\uff1cimage\uff1a1\uff1e")) {
            var instruction = Instruction.of("a " + placeholder + " on a beach", dog);
            assertEquals("a <imagehere> on a beach", instruction.text(), placeholder);
            assertEquals(List.of(dog), instruction.images(), placeholder);
            assertEquals(
                    List.of(cat),
                    InstructionEdit.of("make " + placeholder + " red", cat)
                            .instruction()
                            .images(),
                    placeholder);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<image:%s", "[image%s", "{image %s", "<%s", "<image %s9"})
    void takesLinearTimeForTextThatIsAlmostAPlaceholder(String text) {
        for (String filler : List.of(" ", "{", "<", "a", "<image:", "[image"))
            assertTimeoutPreemptively(
                    Duration.ofSeconds(5), () -> Placeholders.normalize(text.formatted(filler.repeat(50_000))));
    }

    @Test
    void numbersReferToTheImagesWithoutANameAnyNumberOfTimes() {
        assertEquals(
                List.of(cat, dog, cat),
                Instruction.of("<image2> beside <image1> and <image 2>", dog, cat)
                        .images());
        assertEquals(
                List.of(room, dog),
                Instruction.of("<image:A> and <image1>", List.of(dog), Map.of("a", room))
                        .images());
        assertEquals(
                List.of(room),
                Instruction.of("<image:1>", List.of(), Map.of("1", room)).images());
    }

    @Test
    void rejectsNumbersThatDoNotFitTheImages() {
        assertErrorMessage(
                "The instruction refers to <image2>, but 1 image was given without a name. The first is <image1>.",
                () -> Instruction.of("<image1> and <image2>", dog));
        assertErrorMessage(
                "Image 2 is not used in the instruction. Write <image2> in the text, or remove the image.",
                () -> Instruction.of("<image1> and <image1>", dog, cat));
        assertErrorMessage(
                "The instruction has both <image> and <image1>. Number all placeholders, or none.",
                () -> Instruction.of("<image1> and <image>", dog, cat));
    }

    @Test
    void namesIgnoreCaseUnlessTwoImagesDifferInCaseOnly() {
        assertEquals(
                List.of(dog),
                Instruction.of("<image:DOG>", List.of(), Map.of("dog", dog)).images());
        assertEquals(
                List.of(dog, cat),
                Instruction.of("<image:Dog> <image:dog>", List.of(), Map.of("Dog", dog, "dog", cat))
                        .images());
    }

    @Test
    void tellsHowToWriteAPlaceholderInOtherBrackets() {
        for (String placeholder :
                List.of("[image]", "{image}", "{{image}}", "[Image 1]", "{image:dog}", "&lt;image&gt;", "[imagehere]"))
            assertErrorMessage(
                    "The instruction has '" + placeholder + "'; write <image>, <image:NAME> or <image1> for an image.",
                    () -> Instruction.of("a " + placeholder + " on a beach", dog));
        assertEquals(List.of(), Instruction.of("an [image of a dog] in a frame").images());
    }

    @Test
    void rejectsEmptyAndTooLongInstructions() {
        assertErrorMessage(
                "The instruction is empty. Describe the image, for example \"a <image> on the beach\".",
                () -> Instruction.of(" \n"));
        assertErrorMessage(
                "The instruction has 5 images, expected at most 4. Remove 1.",
                () -> Instruction.of("<image><image><image><image><image>", dog, dog, dog, dog, dog));
        assertErrorMessage(
                "The instruction has 40000 characters, expected at most 32000. Shorten it.",
                () -> Instruction.of("a".repeat(40000)));
    }

    @Test
    void rejectsNullArguments() {
        assertErrorMessage("text must not be null.", () -> Instruction.of(null, dog));
        assertErrorMessage("text must not be null.", () -> new Instruction(null, List.of()));
        assertErrorMessage("images must not be null.", () -> new Instruction("a dog", null));
        assertErrorMessage("images must not be null.", () -> Instruction.of("a dog", (Image[]) null));
        assertErrorMessage("image must not be null.", () -> Instruction.of("<image> and <image>", dog, null));
        assertErrorMessage("named must not be null.", () -> Instruction.of("a dog", List.of(), null));
        Map<String, Image> named = new HashMap<>();
        named.put("dog", null);
        assertErrorMessage("image must not be null.", () -> Instruction.of("a <image:dog>", List.of(), named));
        Instruction oneImage = Instruction.of("a <image>", dog);
        assertErrorMessage("instruction must not be null.", () -> new SubjectGeneration(null));
        assertErrorMessage("instruction must not be null.", () -> new InstructionEdit(null, dog));
        assertErrorMessage("sourceImage must not be null.", () -> new SubjectEdit(oneImage, null));
        assertErrorMessage("sourceImage must not be null.", () -> new InstructionEdit(oneImage, null));
        assertErrorMessage("source must not be null.", () -> InstructionEdit.of("make it red", null));
        assertErrorMessage("text must not be null.", () -> InstructionEdit.of(null, dog));
        assertErrorMessage("source must not be null.", () -> Task.of(oneImage, null));
        assertErrorMessage("instruction must not be null.", () -> Task.of(null, Optional.empty()));
    }

    @Test
    void detectsTheTaskType() {
        assertInstanceOf(SubjectGeneration.class, Task.of(Instruction.of("a <image>", dog), Optional.empty()));
        assertInstanceOf(InstructionEdit.class, Task.of(Instruction.of("make it red"), Optional.of(dog)));
        assertInstanceOf(InstructionEdit.class, Task.of(Instruction.of("make <image> red", dog), Optional.of(dog)));
        assertInstanceOf(
                SubjectEdit.class, Task.of(Instruction.of("put <image> in <image>", dog, room), Optional.of(room)));
    }

    @Test
    void usesTheSourceForEveryPlaceholderOfAnEdit() {
        assertEquals(
                List.of(dog, dog),
                InstructionEdit.of("make <image> like <ImageHere>", dog)
                        .instruction()
                        .images());
        assertEquals(
                List.of(), InstructionEdit.of("make it red", dog).instruction().images());
    }

    @Test
    void distinguishesInstructionEditsFromSubjectEdits() {
        assertErrorMessage(
                "An instruction edit takes no image besides its source, but the instruction has 1 other image. "
                        + "Use a subject edit, or remove it.",
                () -> new InstructionEdit(Instruction.of("make <image> red", cat), dog));
        assertErrorMessage(
                "A subject edit needs an image besides its source, but the instruction has none. "
                        + "Add an image with its <image> placeholder, or use an instruction edit.",
                () -> new SubjectEdit(Instruction.of("make <image> red", dog), dog));
    }

    static void assertErrorMessage(String message, Executable work) {
        assertEquals(message, assertThrows(UsageException.class, work).getMessage());
    }
}

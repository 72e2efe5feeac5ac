package dev.mige4j.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

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
                "<image:cat> looks at <image> while <image: cat > sleeps", List.of(dog), Map.of("cat", cat));
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
                "The instruction has 2 <image> marks but 1 picture was given. Add --image, or take a mark away.",
                () -> Instruction.of("<image> beside <image>", dog));
        assertErrorMessage(
                "The instruction has 0 <image> marks but 2 pictures were given. Write <image> where each picture belongs, or take a picture away.",
                () -> Instruction.of("a dog", dog, cat));
        assertErrorMessage(
                "The instruction has 1 <image> mark but 0 pictures were given. Add --image, or take a mark away.",
                () -> new Instruction("a <imagehere>", List.of()));
    }

    @Test
    void rejectsUnknownAndUnusedNames() {
        assertErrorMessage(
                "The instruction says <image:dgo> but no picture has that name; the names are dog.",
                () -> Instruction.of("a <image:dgo>", List.of(), Map.of("dog", dog)));
        assertErrorMessage(
                "The instruction says <image:dog> but no picture has a name. Add --image dog=FILE, or write <image>.",
                () -> Instruction.of("a <image:dog>", List.of(dog), Map.of()));
        assertErrorMessage(
                "The picture 'dog' is not said in the instruction. Write <image:dog> where it belongs, or take the picture away.",
                () -> Instruction.of("a cat", List.of(), Map.of("dog", dog)));
    }

    @Test
    void rejectsEmptyAndTooLongInstructions() {
        assertErrorMessage(
                "The instruction is empty. Say what to make, for example \"a <image> on the beach\".",
                () -> Instruction.of(" \n"));
        assertErrorMessage(
                "The instruction has 5 pictures, expected at most 4; take one away.",
                () -> Instruction.of("<image><image><image><image><image>", dog, dog, dog, dog, dog));
        assertErrorMessage(
                "The instruction has 30000 characters, expected at most 20000; shorten it.",
                () -> Instruction.of("a".repeat(30000)));
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
                java.util.List.of(dog, dog),
                InstructionEdit.of("make <image> like <ImageHere>", dog)
                        .instruction()
                        .images());
        assertEquals(
                java.util.List.of(),
                InstructionEdit.of("make it red", dog).instruction().images());
    }

    @Test
    void distinguishesInstructionEditsFromSubjectEdits() {
        assertErrorMessage(
                "An instruction edit shows its source and nothing else, but the instruction has 1 other picture. "
                        + "Ask for a subject edit, or take it away.",
                () -> new InstructionEdit(Instruction.of("make <image> red", cat), dog));
        assertErrorMessage(
                "A subject edit needs a picture besides its source, but the instruction shows none. "
                        + "Add --image with <image> in the text, or ask for an instruction edit.",
                () -> new SubjectEdit(Instruction.of("make <image> red", dog), dog));
    }

    static void assertErrorMessage(String message, org.junit.jupiter.api.function.Executable work) {
        assertEquals(message, assertThrows(UsageException.class, work).getMessage());
    }
}

package dev.mige4j.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.ReferenceFiles;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptTemplatesTest {
    final Image dog = Image.filled(2, 2, 0x804020), room = Image.filled(4, 4, 0xffffff);
    final String ninetyWords = IntStream.range(0, 90).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));

    @Test
    void matchTheReferenceExactly() throws Exception {
        var golden = ReferenceFiles.json("encoder/prompts.json");
        for (var testCase : golden.get("cases")) {
            String text = testCase.get("instruction").asText(),
                    scope = testCase.get("task").asText();
            Caption prompt =
                    switch (testCase.get("mode").asText()) {
                        case "subject" -> PromptTemplates.INFERENCE.subject(text);
                        case "edit" -> PromptTemplates.INFERENCE.edit(text, scope);
                        case "subject_edit" -> PromptTemplates.INFERENCE.subjectEdit(text);
                        case "train_subject" -> PromptTemplates.withPrefix(PromptTemplates.TRAINING.subject(), text);
                        case "train_edit" -> PromptTemplates.withPrefix(PromptTemplates.TRAINING.edit(), text);
                        case "train_subject_edit" ->
                            PromptTemplates.withPrefix(PromptTemplates.TRAINING.subjectEdit(), text);
                        default -> Caption.clean(text);
                    };
            assertEquals(testCase.get("prompt").asText(), prompt.text(), text);
            if (testCase.get("mode").asText().equals("edit"))
                assertEquals(
                        testCase.get("update_instruction").asText(),
                        PromptTemplates.insertSourcePlaceholders(text, scope));
        }
        assertEquals(95, golden.get("cases").size());
    }

    @Test
    void leaveImagesOutOfTextOnlyInstructions() {
        PromptTemplates textOnly = new PromptTemplates("create: ", "edit: ", "compose: ", true);
        Prompt named = textOnly.defaultPrompt(InstructionEdit.of("Paint the dog in the picture blue", room));
        assertEquals("edit: paint the dog in the picture blue", named.text());
        assertEquals(List.of(), named.images());
        Prompt shown = textOnly.defaultPrompt(new SubjectGeneration(Instruction.of("a <image> on the beach", dog)));
        assertEquals("create: a on the beach", shown.text());
        assertEquals(List.of(), shown.images());
    }

    @Test
    void reportDroppedWords() {
        assertEquals(List.of("w88", "w89"), Caption.clean(ninetyWords).droppedWords());
        assertEquals(
                List.of("The instruction is too long for the model: 2 words were dropped, starting with 'w88'."),
                PromptTemplates.TRAINING
                        .defaultPrompt(new SubjectGeneration(Instruction.of(ninetyWords)))
                        .notices());
    }

    @Test
    void keepTheTrainingPrefixUnchanged() {
        var task = new SubjectGeneration(Instruction.of("A <image>, asleep.", dog));
        assertEquals(
                PromptTemplates.TRAINING.subject() + "a <imagehere>, asleep",
                PromptTemplates.TRAINING.defaultPrompt(task).text());
        assertEquals(
                "follow the text instruction to generate an image with the given objects' images, "
                        + "preserving the subject's identity a <imagehere>, asleep",
                PromptTemplates.TRAINING.referencePrompt(task).text());
    }

    @Test
    void dropATruncatedPlaceholderInFaithfulModeOnly() {
        var task = new SubjectGeneration(Instruction.of(ninetyWords + " <image>", dog));
        Prompt prompt = PromptTemplates.TRAINING.defaultPrompt(task);
        assertTrue(prompt.body().endsWith("w85 w86 <imagehere>"), prompt.body());
        assertEquals(List.of("w87", "w88", "w89"), prompt.droppedWords());
        assertEquals(
                0,
                Instruction.countPlaceholders(
                        PromptTemplates.TRAINING.referencePrompt(task).text()));
    }

    @Test
    void insertTheSourceAtItsKeyword() {
        var edit = new InstructionEdit(Instruction.of("Remove the cat from the photo."), room);
        assertEquals(
                "remove the cat from <imagehere>",
                PromptTemplates.TRAINING.defaultPrompt(edit).body());
        var add = new SubjectEdit(Instruction.of("In this picture, put <image> on the sofa", dog), room);
        assertEquals(
                "in <imagehere> , put <imagehere> on the sofa",
                PromptTemplates.TRAINING.defaultPrompt(add).body());
        assertEquals(
                List.of(room, dog), PromptTemplates.TRAINING.defaultPrompt(add).images());
    }

    @Test
    void appendTheSourceWithoutAKeyword() {
        assertEquals(
                "make it red in<imagehere>",
                PromptTemplates.TRAINING
                        .defaultPrompt(new InstructionEdit(Instruction.of("Make it red!"), room))
                        .body());
        var add = new SubjectEdit(Instruction.of("add <image>", dog), room);
        assertEquals(
                List.of(dog, room), PromptTemplates.TRAINING.defaultPrompt(add).images());
        assertEquals(List.of(dog), PromptTemplates.TRAINING.referencePrompt(add).images());
    }

    @Test
    void replaceWholeKeywordsOnly() {
        var edit =
                new InstructionEdit(Instruction.of("sharpen the photography of the image, keep the image dark"), room);
        assertEquals(
                "sharpen the photography of <imagehere> , keep the image dark",
                PromptTemplates.TRAINING.defaultPrompt(edit).body());
        assertEquals(
                "sharpen <imagehere> graphy of <imagehere> , keep <imagehere> dark",
                PromptTemplates.TRAINING.referencePrompt(edit).body());
        assertEquals(
                List.of(room), PromptTemplates.TRAINING.referencePrompt(edit).images());
    }

    @Test
    void giveTheSourceToTheFirstPlaceholderAloneInFaithfulMode() {
        var edit = InstructionEdit.of("put the sky of <image> into <image>", room);
        assertEquals(
                List.of(room, room),
                PromptTemplates.TRAINING.defaultPrompt(edit).images());
        Prompt prompt = PromptTemplates.TRAINING.referencePrompt(edit);
        assertEquals("put the sky of <imagehere> into <imagehere>", prompt.body());
        assertEquals(List.of(room), prompt.images());
    }

    @Test
    void removeSpecialTokensFromTheInstruction() {
        assertEquals(
                "end and go on",
                PromptTemplates.TRAINING
                        .defaultPrompt(new SubjectGeneration(Instruction.of("end </S> and<extra_id_7>go on")))
                        .body());
    }

    @Test
    void truncateToTheTokenLimit() {
        Prompt prompt = PromptTemplates.TRAINING.defaultPrompt(
                new SubjectGeneration(Instruction.of("one two <image> three four five", dog)));
        Prompt fitted = prompt.truncate(
                segment -> segment.isBlank() ? 0 : segment.trim().split("\\s+").length, 32, 16 + 3 + 32 + 1);
        assertEquals("one two <imagehere> three", fitted.body());
        assertEquals(List.of("four", "five"), fitted.droppedWords());
        assertEquals(prompt, prompt.truncate(String::length, 32, 10_000));
        assertEquals("<imagehere>", prompt.truncate(String::length, 32, 3).body());
    }

    @Test
    void cleanAdversarialTextInLinearTime() {
        String spaces = " ".repeat(19_000) + "x";
        long start = System.nanoTime();
        PromptTemplates.INFERENCE.edit(spaces, "");
        PromptTemplates.TRAINING.defaultPrompt(new InstructionEdit(Instruction.of(spaces), room));
        PromptTemplates.TRAINING.referencePrompt(new InstructionEdit(Instruction.of("the ".repeat(4_900)), room));
        assertTrue(System.nanoTime() - start < 1e10);
    }
}

package mige.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import mige.Reference;
import mige.image.Picture;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectEdit;
import mige.task.SubjectGeneration;
import org.junit.jupiter.api.Test;

class PromptsTest {
    final Picture dog = Picture.filled(2, 2, 0x804020), room = Picture.filled(4, 4, 0xffffff);
    final String ninety = IntStream.range(0, 90).mapToObj(i -> "w" + i).collect(Collectors.joining(" "));

    @Test void agreeWithTheReferenceToTheLetter() throws Exception {
        var golden = Reference.json("encoder/prompts.json");
        for (var at : golden.get("cases")) {
            String text = at.get("instruction").asText(), scope = at.get("task").asText();
            Caption prompt = switch (at.get("mode").asText()) {
                case "subject" -> Prompts.INFERENCE.subject(text);
                case "edit" -> Prompts.INFERENCE.edit(text, scope);
                case "subject_edit" -> Prompts.INFERENCE.subjectEdit(text);
                case "train_subject" -> Prompts.after(Prompts.TRAINING.subject(), text);
                case "train_edit" -> Prompts.after(Prompts.TRAINING.edit(), text);
                case "train_subject_edit" -> Prompts.after(Prompts.TRAINING.subjectEdit(), text);
                default -> Caption.clean(text);
            };
            assertEquals(at.get("prompt").asText(), prompt.text(), text);
            if (at.get("mode").asText().equals("edit")) assertEquals(at.get("update_instruction").asText(), Prompts.marked(text, scope));
        }
        assertEquals(95, golden.get("cases").size());
    }

    @Test void reportTheWordsThatWereCut() {
        assertEquals(List.of("w88", "w89"), Caption.clean(ninety).dropped());
        assertEquals(List.of("The instruction is longer than the model reads: 2 words were left out, from 'w88' on."),
                Prompts.TRAINING.of(new SubjectGeneration(Instruction.of(ninety)), false).notices());
    }

    @Test void keepTheTrainingPrefixAsItIs() {
        var task = new SubjectGeneration(Instruction.of("A <image>, asleep.", dog));
        assertEquals(Prompts.TRAINING.subject() + "a <imagehere>, asleep", Prompts.TRAINING.of(task, false).text());
        assertEquals("follow the text instruction to generate an image with the given objects' images, preserving the subject's identity a <imagehere>, asleep",
                Prompts.TRAINING.of(task, true).text());
    }

    @Test void loseAMarkBehindTheCutOnlyFaithfully() {
        var task = new SubjectGeneration(Instruction.of(ninety + " <image>", dog));
        Prompt kept = Prompts.TRAINING.of(task, false);
        assertTrue(kept.body().endsWith("w85 w86 <imagehere>"), kept.body());
        assertEquals(List.of("w87", "w88", "w89"), kept.dropped());
        assertEquals(0, Instruction.marks(Prompts.TRAINING.of(task, true).text()));
    }

    @Test void showTheSourceWhereTheWordsSaySo() {
        var edit = new InstructionEdit(Instruction.of("Remove the cat from the photo."), room);
        assertEquals("remove the cat from <imagehere>", Prompts.TRAINING.of(edit, false).body());
        var add = new SubjectEdit(Instruction.of("In this picture, put <image> on the sofa", dog), room);
        assertEquals("in <imagehere> , put <imagehere> on the sofa", Prompts.TRAINING.of(add, false).body());
        assertEquals(List.of(room, dog), Prompts.TRAINING.of(add, false).pictures());
    }

    @Test void showTheSourceAtTheEndIfNoWordDoes() {
        assertEquals("make it red in<imagehere>", Prompts.TRAINING.of(new InstructionEdit(Instruction.of("Make it red!"), room), false).body());
        var add = new SubjectEdit(Instruction.of("add <image>", dog), room);
        assertEquals(List.of(dog, room), Prompts.TRAINING.of(add, false).pictures());
        assertEquals(List.of(dog), Prompts.TRAINING.of(add, true).pictures());
    }

    @Test void leaveOtherWordsAlone() {
        var edit = new InstructionEdit(Instruction.of("sharpen the photography of the image, keep the image dark"), room);
        assertEquals("sharpen the photography of <imagehere> , keep the image dark", Prompts.TRAINING.of(edit, false).body());
        assertEquals("sharpen <imagehere> graphy of <imagehere> , keep <imagehere> dark", Prompts.TRAINING.of(edit, true).body());
        assertEquals(List.of(room), Prompts.TRAINING.of(edit, true).pictures());
    }

    @Test void takeTheSignsOfTheModelForNoWords() {
        assertEquals("end and go on", Prompts.TRAINING.of(new SubjectGeneration(Instruction.of("end </S> and<extra_id_7>go on")), false).body());
    }

    @Test void fitIntoThePlacesThereAre() {
        Prompt prompt = Prompts.TRAINING.of(new SubjectGeneration(Instruction.of("one two <image> three four five", dog)), false);
        Prompt fitted = prompt.fitted(segment -> segment.isBlank() ? 0 : segment.trim().split("\\s+").length, 32, 16 + 3 + 32 + 1);
        assertEquals("one two <imagehere> three", fitted.body());
        assertEquals(List.of("four", "five"), fitted.dropped());
        assertEquals(prompt, prompt.fitted(String::length, 32, 10_000));
        assertEquals("<imagehere>", prompt.fitted(String::length, 32, 3).body());
    }

    @Test void cleanAHostileTextInAMoment() {
        String spaces = " ".repeat(19_000) + "x";
        long start = System.nanoTime();
        Prompts.INFERENCE.edit(spaces, "");
        Prompts.TRAINING.of(new InstructionEdit(Instruction.of(spaces), room), false);
        Prompts.TRAINING.of(new InstructionEdit(Instruction.of("the ".repeat(4_900)), room), true);
        assertTrue(System.nanoTime() - start < 1e10);
    }
}

package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.text.TrainingWords;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestNoticesTest {

    private static final List<String> TRAINING =
            List.of("add a dog", "add a cat", "add an apple", "add rain", "remove the beach", "make it night");
    private static final TrainingWords WORDS = TrainingWords.of(TRAINING);
    private static final Tokenizer TOKENIZER = Tokenizer.read(TokenizerBuilder.build(TRAINING, 300), "test");

    private static Optional<String> notice(String instruction, TrainingWords known) {
        return RequestNotices.unknownWords(instruction, known, TOKENIZER);
    }

    @Test
    void namesTheWordsThatTrainingDidNotHave() {
        assertEquals(Optional.empty(), notice("Add the DOGS, <imagehere>!", WORDS));
        assertEquals(
                Optional.of("The model does not know \"\u732b\" and \"Zxqv\"; "
                        + "it knows English words such as \"cat\", \"it\" and \"rain\"."),
                notice("add \u732b, Zxqv and zxqv".replace(" and", ""), WORDS));
    }

    @Test
    void suggestsTheNearestKnownWord() {
        assertEquals(
                Optional.of("The model does not know \"aple\" and \"please\"; did you mean \"apple\"?"),
                notice("add an aple please", WORDS));
    }

    @Test
    void listsFiveWordsAtMostAndCutsLongOnes() {
        assertEquals(
                Optional.of("The model does not know \"q1\", \"q2\", \"q3\", \"q4\", \"" + "q".repeat(30)
                        + "…\" and 2 more; it knows English words such as \"cat\", \"it\" and \"rain\"."),
                notice("q1 q2 q3 q4 " + "q".repeat(100) + " q6 q7", WORDS));
    }

    @Test
    void withoutAListOfWordsOnlyUnknownPiecesCount() {
        assertEquals(Optional.empty(), notice("please add an aple", TrainingWords.UNKNOWN));
        assertEquals(
                Optional.of("The model does not know \"\u732b\" and \"\uD83D\uDC31\"; use English words."),
                notice("add a \u732b, a \uD83D\uDC31", TrainingWords.UNKNOWN));
    }

    @Test
    void generatingFromWordsAloneGetsANoticeFromAModelOfDrawings() {
        ModelDomain drawings = new ModelDomain(true, WORDS);
        Image image = Image.filled(8, 8, 0x336699);
        Task words = new SubjectGeneration(Instruction.of("a Zog on a beach"));
        assertEquals(
                Optional.of(RequestNotices.WORDS_ALONE), RequestNotices.ofWordsAlone(words, drawings, Set.of("mug")));
        assertEquals(Optional.empty(), RequestNotices.ofWordsAlone(words, drawings, Set.of("zog")));
        assertEquals(Optional.empty(), RequestNotices.ofWordsAlone(words, ModelDomain.UNKNOWN, Set.of()));
        assertEquals(
                Optional.empty(),
                RequestNotices.ofWordsAlone(
                        new SubjectGeneration(Instruction.of("a <image>", image)), drawings, Set.of()));
        assertEquals(
                Optional.empty(),
                RequestNotices.ofWordsAlone(InstructionEdit.of("make it night", image), drawings, Set.of()));
    }
}

package dev.mige4j.corpus.composer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.ShapeCorpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SubjectSubstitutionTest {

    private static final Corpus CORPUS = ShapeCorpus.of(32).withMix(TaskMix.STRICT);
    private static final SubjectSubstitution SUBSTITUTION =
            new SubjectSubstitution("the zorp", "my subject", "image 1", "image 2");

    private static ObjectSpec changedObject(ExampleSpec spec) {
        return spec.target().objects().stream()
                .filter(o -> o.id() == spec.changedIds().get(0))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void theSubjectTakesThePlaceOfTheMainObject(TaskKind kind) {
        for (int i = 0; i < 20; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i, kind), shown = SUBSTITUTION.withReference(spec);
            ObjectSpec subject = changedObject(shown), replaced = changedObject(spec);
            assertEquals("my subject", subject.concept());
            assertEquals("image 1", subject.iconSet());
            assertEquals(replaced.x(), subject.x());
            assertEquals(replaced.size(), subject.size());
            assertEquals(spec.source(), shown.source());
            ObjectSpec reference = shown.references().stream()
                    .filter(r -> !r.isSource())
                    .findFirst()
                    .orElseThrow()
                    .object();
            assertEquals("image 2", reference.iconSet());
            assertEquals(spec.references().size(), shown.references().size());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SUBJECT_1", "SUBJECT_2", "SUBJECT_ADD", "SUBJECT_REPLACE"})
    void itsNameStandsWhereTheReferenceWas(TaskKind kind) {
        for (int i = 0; i < 40; i++) {
            ExampleSpec spec = CORPUS.exampleSpec(Split.TRAIN, 1, i, kind), named = SUBSTITUTION.named(spec);
            String instruction = named.instruction();
            assertTrue(instruction.toLowerCase(java.util.Locale.ROOT).contains("zorp"), instruction);
            assertFalse(instruction.contains("  ") || instruction.contains("zorp of"), instruction);
            assertFalse(instruction.matches("(?i).*\\b(a|an|the) the .*"), instruction);
            assertEquals(
                    named.references().size(),
                    instruction.split(InstructionTemplates.IMAGE_PLACEHOLDER, -1).length - 1,
                    instruction);
            assertEquals(
                    kind.task().equals("subject_edit") ? 1 : 0,
                    named.references().stream().filter(ReferenceSpec::isSource).count());
        }
    }
}

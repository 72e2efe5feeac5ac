package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.ConfigFile;
import dev.mige4j.corpus.benchmark.NanoMigeBench;
import dev.mige4j.corpus.composer.CorpusRules;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.PhotographClassifier;
import dev.mige4j.pipeline.EmbeddedModel;
import dev.mige4j.pipeline.ModelDomain;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.text.TrainingWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The list of words that the embedded model carries. */
class KnownWordsTest {

    private static final ModelDomain DOMAIN =
            ConfigFile.read(EmbeddedModel.folder().resolve(ModelDomain.FILE_NAME), ModelDomain.class);

    private static Set<String> unknownIn(String text) {
        Set<String> unknown = new TreeSet<>(TrainingWords.split(text));
        unknown.removeIf(DOMAIN.words()::contains);
        return unknown;
    }

    @Test
    void hasEveryWordOfTheBenchmarkThatIsNotHeldOutOfTraining() {
        Set<String> unknown = new TreeSet<>();
        for (CorpusRules rules : CorpusRules.values())
            for (var entry : NanoMigeBench.entries(rules))
                if (!Set.of(Split.UNSEEN_SUBJECT, Split.UNSEEN_WORDING)
                        .contains(entry.spec().split()))
                    unknown.addAll(unknownIn(entry.spec().instruction()));
        assertEquals(Set.of(), unknown);
    }

    @Test
    void hasTheNameOfEveryObjectOfTraining() {
        Set<String> unknown = new TreeSet<>();
        for (Concept concept : Concept.all()) if (!Split.isHeldOut(concept)) unknown.addAll(unknownIn(concept.name()));
        assertEquals(Set.of("moose"), unknown); // which no icon set draws as a whole
        assertEquals(Set.of("flamingo"), unknownIn("remove the flamingo")); // held out
    }

    @Test
    void hasTheWordsOfEveryExample() throws IOException {
        String readme = Files.readString(Path.of("..", "README.md"));
        List<String> instructions = instructionsIn(readme.substring(0, readme.indexOf("## Run the published model")));
        for (String help : List.of("--help", "generate --help", "edit --help", "compose --help"))
            instructions.addAll(
                    instructionsIn(CliResult.mige((Object[]) help.split(" ")).out()));
        assertTrue(instructions.size() > 16, instructions.toString());
        for (String instruction : instructions)
            assertEquals(Set.of(), unknownIn(instruction.replaceAll("<image[^>]*>", " ")), instruction);
    }

    /** The texts in quotes of all commands. */
    private static List<String> instructionsIn(String text) {
        List<String> instructions = new ArrayList<>();
        Pattern.compile("mige (?:generate|edit|compose) .*")
                .matcher(text)
                .results()
                .forEach(command -> Pattern.compile("\"([^\"]+)\"")
                        .matcher(command.group())
                        .results()
                        .forEach(quotation -> instructions.add(quotation.group(1))));
        return instructions;
    }

    @Test
    void hasTheWordsOfTheSamplesWhichAreNoPhotographs() {
        for (SampleImage sample : SampleImage.all()) {
            assertEquals(Set.of(), unknownIn(sample.caption()), sample.name());
            assertFalse(PhotographClassifier.isPhotograph(sample.image(), 128), sample.name());
        }
        assertTrue(DOMAIN.drawings());
        assertEquals(
                List.of("leopard", "crocodile", "rocket"),
                List.copyOf(DOMAIN.words().examples()));
    }
}

package dev.mige4j.eval.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DreamBenchRecordTest {

    static final String PROMPTS = """
            Classes

            subject_name,class
            mug,cup
            pet,cat

            Prompts

            Object Prompts

            prompt_list = [
            'a {0} {1} on a shelf'.format(unique_token, class_token),
            'a shiny {0} {1}'.format(unique_token, class_token)
            ]

            Live Subject Prompts

            prompt_list = [
            'the photographer\\'s {0} {1}, asleep'.format(unique_token, class_token),
            "a {0} {1} in the photographer's hat".format(unique_token, class_token)
            ]
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void writeDataset() throws IOException {
        for (String image : List.of("mug/01.jpg", "mug/00.jpg", "mug/.hidden.jpg", "mug/licence.txt", "pet/00.jpg")) {
            Path file = folder.resolve("dataset").resolve(image);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
        writePrompts(PROMPTS);
    }

    private void writePrompts(String text) throws IOException {
        Files.writeString(folder.resolve("dataset/prompts_and_classes.txt"), text);
    }

    private String failure() {
        return assertThrows(UsageException.class, () -> DreamBenchRecord.load(folder))
                .getMessage();
    }

    @Test
    void combinesSubjectsWithThePromptsOfTheirKind() throws IOException {
        List<DreamBenchRecord> records = DreamBenchRecord.load(folder);
        assertEquals(
                List.of(
                        "mug: a cup on a shelf | a<ImageHere>on a shelf",
                        "mug: a shiny cup | a shiny<ImageHere>",
                        "pet: the photographer's cat, asleep | the photographer's<ImageHere>, asleep",
                        "pet: a cat in the photographer's hat | a<ImageHere>in the photographer's hat"),
                records.stream()
                        .map(r -> r.subject() + ": " + r.prompt() + " | " + r.instruction())
                        .toList());
        assertEquals("dataset/mug/00.jpg", records.get(1).reference().name());
        assertEquals(
                List.of("dataset/mug/00.jpg", "dataset/mug/01.jpg"),
                records.get(1).reals().stream().map(ImageSource::name).toList());
        assertEquals("mug/01_3", records.get(1).outputName(3));
        assertTrue(records.get(2).isLive());
    }

    @Test
    void readsPromptsWithWindowsLineEnds() throws IOException {
        List<DreamBenchRecord> records = DreamBenchRecord.load(folder);
        writePrompts(PROMPTS.replace("\n", "\r\n"));
        assertEquals(records, DreamBenchRecord.load(folder));
    }

    @Test
    void saysWhichLineOfThePromptsHasAnotherForm() throws IOException {
        writePrompts(PROMPTS.replace("pet,cat", "pet"));
        assertTrue(failure().contains("line 5 is 'pet', expected a subject and its class"), failure());
        writePrompts(PROMPTS.replace("pet,cat", "../pet,cat"));
        assertTrue(failure().contains("line 5 is '../pet,cat'"), failure());
        writePrompts(PROMPTS.replace("pet,cat", "mug,cat"));
        assertTrue(failure().contains("line 5 repeats the subject mug"), failure());
        writePrompts(PROMPTS.replace("'a shiny {0} {1}'", "'a shiny {1}'"));
        assertTrue(failure().contains("line 13 is ''a shiny {1}'.format"), failure());
        writePrompts(PROMPTS.replace("Live Subject Prompts", "Living"));
        assertTrue(failure().endsWith("has no line 'Live Subject Prompts'."), failure());
    }

    @Test
    void saysThatASubjectHasNoImages() throws IOException {
        Files.delete(folder.resolve("dataset/pet/00.jpg"));
        assertEquals(folder + " has no images of the subject pet, expected dataset/pet/00.jpg and so on.", failure());
    }

    @Test
    void saysThatTheFolderAboveTheDatasetWasExpected() {
        String message = assertThrows(UsageException.class, () -> DreamBenchRecord.load(folder.resolve("dataset")))
                .getMessage();
        assertTrue(message.endsWith(", which " + folder + " has."), message);
    }

    private List<String> migeNames(String... records) throws IOException {
        Path file = folder.resolve("mige.json");
        Files.writeString(file, "[" + String.join(",", records) + "]");
        return DreamBenchRecord.load(file).stream().map(r -> r.outputName(0)).toList();
    }

    private static String migeRecord(String reference, String instruction) {
        return "{\"entity_path\": [\"/machine/dataset/" + reference + "\"], \"multi_prompt\": \"" + instruction
                + "\", \"prompt\": \"text\"}";
    }

    @Test
    void namesTheOutputsOfMigesFileAsItsProgramDoes() throws IOException {
        assertEquals(
                List.of("00_a_ImageHere_in 1 or 2 hats__yes_ or _no__0"),
                migeNames(migeRecord("mug/00.jpg", "a<ImageHere>in 1/2 hats?*yes|/:no\\\\")));
        assertEquals(
                List.of("00_" + "\uD83D\uDE00".repeat(100) + "_0"),
                migeNames(migeRecord("mug/00.jpg", "\uD83D\uDE00".repeat(101))));
    }

    @Test
    void putsOutputsOfMigesFileThatWouldHaveTheSameNameIntoFoldersOfTheirSubjects() throws IOException {
        assertEquals(
                List.of("00_a_ImageHere__0", "pet/00_a_ImageHere__0"),
                migeNames(migeRecord("mug/00.jpg", "a<ImageHere>"), migeRecord("pet/00.jpg", "a<ImageHere>")));
        UsageException twice = assertThrows(
                UsageException.class,
                () -> migeNames(
                        migeRecord("mug/00.jpg", "x"), migeRecord("mug/00.jpg", "x"), migeRecord("mug/00.jpg", "x")));
        assertEquals(
                "mige.json: record 3 has the same reference and instruction as a record before.", twice.getMessage());
    }

    @Test
    void readsTheExampleInMigesRepository() throws IOException {
        Path scripts = Files.createDirectories(folder.resolve("infer_scripts/subject"));
        Path file = scripts.resolve("example_dreambooth.json");
        Files.writeString(file, """
                [{"entity_path": ["infer_scripts/subject/entity_dog2_0.jpg"], "multi_prompt": "a<ImageHere>",
                  "prompt": "a dog"}]""");
        DreamBenchRecord record = DreamBenchRecord.load(file).get(0);
        assertEquals("entity_dog2_0.jpg", record.reference().name());
        assertEquals("dog2", record.subject());
        assertEquals("entity_dog2_0_a_ImageHere__3", record.outputName(3));
        assertEquals(List.of(), record.reals());
    }

    @Test
    void findsAllImagesOfTheSubjectOfMigesFile() throws IOException {
        migeNames(migeRecord("mug/01.jpg", "a<ImageHere>"));
        DreamBenchRecord record =
                DreamBenchRecord.load(folder.resolve("mige.json")).get(0);
        assertEquals("dataset/mug/01.jpg", record.reference().name());
        assertEquals(2, record.reals().size());
    }
}

package dev.mige4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContactSheetTest {

    private static final Corpus CORPUS = ShapeCorpus.of(64);

    @Test
    void fiveExamplesInTwoColumnsNeedThreeRows() {
        List<Example> examples = IntStream.range(0, 5)
                .mapToObj(i -> CORPUS.example(Split.TRAIN, 1, i))
                .toList();
        int oneRow = ContactSheet.of(examples.subList(0, 2), 2).height();
        assertEquals(3 * oneRow, ContactSheet.of(examples, 2).height());
    }

    /** Draws a sheet in a process of its own, since the fonts of a process are found once. */
    static final class SheetProcess {
        public static void main(String[] arguments) {
            try {
                ContactSheet.of(List.of(CORPUS.example(Split.TRAIN, 1, 0)), 1);
            } catch (UsageException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void aMachineWithoutFontsIsToldWhatToInstall(@TempDir Path folder) throws Exception {
        Path noFonts = Files.writeString(
                folder.resolve("fonts.conf"),
                "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig></fontconfig>");
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Djava.awt.headless=true",
                "-Duser.home=" + folder, // the JDK remembers the fonts it found there
                "-cp",
                System.getProperty("java.class.path"),
                SheetProcess.class.getName());
        builder.environment().put("FONTCONFIG_FILE", noFonts.toString());
        Process process = builder.redirectErrorStream(true).start();
        assertEquals(
                List.of("The captions of a contact sheet need a font, but this machine has none; install fontconfig and"
                        + " a font, for example with 'apt-get install fontconfig fonts-dejavu-core'."),
                process.inputReader().lines().toList());
    }

    @Test
    void showsExamplesOfEveryTaskKind() {
        Image sheet = ContactSheet.ofEachKind(CORPUS, Split.TRAIN, 1, 1, 16);
        assertEquals(
                ContactSheet.of(List.of(CORPUS.example(Split.TRAIN, 1, 0)), 1).height(), sheet.height());
    }
}

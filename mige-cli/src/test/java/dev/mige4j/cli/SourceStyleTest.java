package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules for the text of the sources that neither the compiler nor the formatter checks. */
class SourceStyleTest {

    private static final int MAX_LINE_LENGTH = 120;
    private static final Set<String> SOURCE_SUFFIXES = Set.of("java", "js", "mjs", "css", "html", "sh", "jte");
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^public (?:(?:abstract|final|sealed|non-sealed) )*(?:class|interface|enum|record|@interface) (\\w+)",
            Pattern.MULTILINE);

    @Test
    void linesHaveAtMost120Characters() {
        List<String> violations = new ArrayList<>();
        for (Path file : sources()) {
            List<String> lines = read(file).lines().toList();
            for (int i = 0; i < lines.size(); i++)
                if (lines.get(i).length() > MAX_LINE_LENGTH) violations.add(file + ":" + (i + 1));
        }
        assertEquals(List.of(), violations);
    }

    @Test
    void everyPublicTypeHasJavadoc() {
        List<String> violations = new ArrayList<>();
        for (Path file : mainSources()) {
            String content = read(file);
            Matcher type = PUBLIC_TYPE.matcher(content);
            while (type.find()) {
                int comment = content.lastIndexOf("*/", type.start());
                boolean documented = comment >= 0 && isAnnotation(content.substring(comment + 2, type.start()));
                if (!documented) violations.add(file + ": " + type.group(1));
            }
        }
        assertEquals(List.of(), violations);
    }

    @Test
    void everyPackageHasJavadoc() {
        TreeSet<Path> undocumented = new TreeSet<>();
        for (Path file : mainSources()) undocumented.add(file.getParent());
        for (Path file : mainSources())
            if (file.endsWith("package-info.java") && read(file).contains("/**")) undocumented.remove(file.getParent());
        assertEquals(Set.of(), undocumented);
    }

    /** Whether there are only annotations between a comment and the type. */
    private static boolean isAnnotation(String between) {
        return between.isBlank() || (between.strip().startsWith("@") && !between.contains(";"));
    }

    private static List<Path> mainSources() {
        return sources().stream()
                .filter(f -> f.toString().contains("src/main/java/dev/"))
                .toList();
    }

    private static List<Path> sources() {
        Path projectRoot = Path.of("").toAbsolutePath().getParent();
        List<Path> sources = new ArrayList<>();
        for (Path module : children(projectRoot)) {
            Path folder = module.resolve("src");
            if (!Files.isDirectory(folder)) continue;
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(f -> Files.isRegularFile(f) && !f.toString().contains("node_modules"))
                        .filter(f -> SOURCE_SUFFIXES.contains(suffix(f)))
                        .sorted()
                        .map(projectRoot::relativize)
                        .forEach(sources::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        assertTrue(sources.size() > 300, "the sources were not found below " + projectRoot);
        return sources;
    }

    private static List<Path> children(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String suffix(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String read(Path file) {
        try {
            return Files.readString(Path.of("..").resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

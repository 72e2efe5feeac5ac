package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The order of the house, read from the sources: a package knows those above it, never those below. */
class ArchitectureTest {

    /** Every package, in the order of the README's map. */
    private static final List<String> PACKAGE_ORDER = List.of(
            "dev.mige4j.common",
            "dev.mige4j.tensor",
            "dev.mige4j.weights",
            "dev.mige4j.weights.hub",
            "dev.mige4j.tensor.nn",
            "dev.mige4j.image",
            "dev.mige4j.task",
            "dev.mige4j.text",
            "dev.mige4j.encoder",
            "dev.mige4j.denoiser",
            "dev.mige4j.sampler",
            "dev.mige4j.autoencoder",
            "dev.mige4j.pipeline",
            "dev.mige4j.corpus.specification",
            "dev.mige4j.corpus.sprites",
            "dev.mige4j.corpus.renderer",
            "dev.mige4j.corpus.composer",
            "dev.mige4j.corpus.benchmark",
            "dev.mige4j.corpus",
            "dev.mige4j.train",
            "dev.mige4j.parity",
            "dev.mige4j.eval",
            "dev.mige4j.web",
            "dev.mige4j.cli",
            "dev.mige4j.langchain4j");

    private static final Pattern PACKAGE = Pattern.compile("\\bdev\\.mige4j(?:\\.[a-z0-9]+)+");
    private static final Pattern COMMENT_OR_LITERAL = Pattern.compile(
            "/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'",
            Pattern.DOTALL);
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^(?:(?:abstract|final|sealed|non-sealed|static|strictfp)\\s+)*public\\s+(?:(?:abstract|final|sealed|non-sealed|static|strictfp)\\s+)*(?:class|interface|enum|record|@interface)\\s+(\\w+)",
            Pattern.MULTILINE);

    private record SourceFile(Path file, String packageName, String content, String code) {
        static SourceFile of(Path file) {
            try {
                String content = Files.readString(file);
                String code = COMMENT_OR_LITERAL
                        .matcher(content)
                        .replaceAll(m -> m.group().startsWith("/") ? " " : "\"\"");
                Matcher name = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE)
                        .matcher(code);
                assertTrue(name.find(), file + " names no package");
                return new SourceFile(file, name.group(1), content, code);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String type() {
            return file.getFileName().toString().replace(".java", "");
        }
    }

    private static List<SourceFile> sources() {
        Path projectRoot = Path.of("").toAbsolutePath().getParent();
        List<SourceFile> all = new ArrayList<>();
        try (Stream<Path> modules = Files.list(projectRoot)) {
            for (Path sourceFolder : modules.filter(
                            m -> m.getFileName().toString().startsWith("mige-"))
                    .map(m -> m.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList()) {
                try (Stream<Path> files = Files.walk(sourceFolder)) {
                    files.filter(f -> f.toString().endsWith(".java"))
                            .sorted()
                            .map(SourceFile::of)
                            .forEach(all::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertTrue(all.size() > 50, "the sources were not found from " + projectRoot);
        return all;
    }

    private static void assertNoViolations(List<String> violations) {
        assertEquals("", String.join("\n", violations));
    }

    @Test
    void everyPackageIsListedInTheOrder() {
        TreeSet<String> unknown = new TreeSet<>();
        for (SourceFile source : sources())
            if (!PACKAGE_ORDER.contains(source.packageName())) unknown.add(source.packageName());
        assertNoViolations(List.copyOf(unknown));
    }

    @Test
    void packagesDependOnlyOnEarlierPackages() {
        List<String> violations = new ArrayList<>();
        for (SourceFile source : sources()) {
            int position = PACKAGE_ORDER.indexOf(source.packageName());
            Matcher matcher = PACKAGE.matcher(source.code());
            while (matcher.find()) {
                int otherPosition = PACKAGE_ORDER.indexOf(matcher.group());
                if (otherPosition > position)
                    violations.add(source.packageName() + "." + source.type() + " knows " + matcher.group()
                            + ", which stands below it");
            }
        }
        assertNoViolations(violations.stream().distinct().toList());
    }

    @Test
    void onlyTensorUsesTheNativeLibrary() {
        assertNoViolations(sources().stream()
                .filter(s ->
                        s.code().contains("org.bytedeco") && !s.packageName().startsWith("dev.mige4j.tensor"))
                .map(s -> s.packageName() + "." + s.type() + " uses org.bytedeco")
                .toList());
    }

    @Test
    void librariesDoNotUseSystemOut() {
        assertNoViolations(sources().stream()
                .filter(s -> !s.packageName().equals("dev.mige4j.cli")
                        && !s.code().contains("static void main(")
                        && s.code().matches("(?s).*\\bSystem\\s*\\.\\s*(out|err)\\b.*"))
                .map(s -> s.packageName() + "." + s.type() + " prints")
                .toList());
    }

    @Test
    void noUtilHelperOrManagerTypes() {
        assertNoViolations(sources().stream()
                .filter(s -> s.type().matches(".*(Util|Utils|Helper|Manager|Base|Impl)"))
                .map(s -> s.packageName() + "." + s.type())
                .toList());
    }

    @Test
    void everyPublicTypeHasJavadoc() {
        List<String> violations = new ArrayList<>();
        for (SourceFile source : sources()) {
            Matcher type = PUBLIC_TYPE.matcher(source.content());
            while (type.find()) {
                String precedingText = source.content()
                        .substring(0, type.start())
                        .replaceAll("(?m)^@\\w+(\\((?:[^()]|\\([^()]*\\))*\\))?\\s*$", "")
                        .stripTrailing();
                if (!precedingText.endsWith("*/"))
                    violations.add(source.packageName() + "." + type.group(1) + " has no Javadoc");
            }
        }
        assertNoViolations(violations);
    }

    @Test
    void everyFileIsFormatted() {
        List<String> violations = new ArrayList<>();
        for (SourceFile source : sources()) {
            if (source.content().contains("\t")) violations.add(source.file() + " has a tab");
            if (source.content().contains("\r")) violations.add(source.file() + " has a carriage return");
            if (source.content().matches("(?s).*[ ]\\n.*"))
                violations.add(source.file() + " has a space at the end of a line");
            if (!source.content().endsWith("}\n") && !source.content().endsWith(";\n"))
                violations.add(source.file() + " does not end with one new line");
        }
        assertNoViolations(violations);
    }

    @Test
    void everyPackageHasJavadoc() {
        TreeSet<String> undocumented = new TreeSet<>();
        List<SourceFile> all = sources();
        for (SourceFile source : all) undocumented.add(source.packageName());
        for (SourceFile source : all)
            if (source.type().equals("package-info") && source.content().contains("/**"))
                undocumented.remove(source.packageName());
        assertNoViolations(List.copyOf(undocumented));
    }
}

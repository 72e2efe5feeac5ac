package mige.cli;

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
class HouseTest {

    /** Every package, in the order of the README's map. */
    private static final List<String> ORDER = List.of(
            "mige.tensor", "mige.weights", "mige.tensor.nn",
            "mige.image", "mige.task", "mige.text", "mige.encoder", "mige.denoiser", "mige.sampler", "mige.autoencoder", "mige.pipeline",
            "mige.data", "mige.train",
            "mige.parity", "mige.eval",
            "mige.web",
            "mige.cli",
            "mige.langchain4j");

    private static final Pattern PACKAGE = Pattern.compile("\\bmige(?:\\.[a-z0-9]+)+");
    private static final Pattern COMMENT_OR_TEXT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'", Pattern.DOTALL);
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^(?:(?:abstract|final|sealed|non-sealed|static|strictfp)\\s+)*public\\s+(?:(?:abstract|final|sealed|non-sealed|static|strictfp)\\s+)*(?:class|interface|enum|record|@interface)\\s+(\\w+)",
            Pattern.MULTILINE);

    private record Source(Path file, String packageName, String text, String code) {
        static Source of(Path file) {
            try {
                String text = Files.readString(file);
                String code = COMMENT_OR_TEXT.matcher(text).replaceAll(m -> m.group().startsWith("/") ? " " : "\"\"");
                Matcher name = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE).matcher(code);
                assertTrue(name.find(), file + " names no package");
                return new Source(file, name.group(1), text, code);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String type() {
            return file.getFileName().toString().replace(".java", "");
        }
    }

    private static List<Source> sources() {
        Path house = Path.of("").toAbsolutePath().getParent();
        List<Source> all = new ArrayList<>();
        try (Stream<Path> modules = Files.list(house)) {
            for (Path main : modules.filter(m -> m.getFileName().toString().startsWith("mige-")).map(m -> m.resolve("src/main/java")).filter(Files::isDirectory).sorted().toList()) {
                try (Stream<Path> files = Files.walk(main)) {
                    files.filter(f -> f.toString().endsWith(".java")).sorted().map(Source::of).forEach(all::add);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertTrue(all.size() > 50, "the sources were not found from " + house);
        return all;
    }

    private static void none(List<String> offences) {
        assertEquals("", String.join("\n", offences));
    }

    @Test void everyPackageHasItsPlace() {
        TreeSet<String> unknown = new TreeSet<>();
        for (Source source : sources()) if (!ORDER.contains(source.packageName())) unknown.add(source.packageName());
        none(List.copyOf(unknown));
    }

    @Test void aPackageKnowsOnlyThoseAboveIt() {
        List<String> offences = new ArrayList<>();
        for (Source source : sources()) {
            int place = ORDER.indexOf(source.packageName());
            Matcher named = PACKAGE.matcher(source.code());
            while (named.find()) {
                int other = ORDER.indexOf(named.group());
                if (other > place) offences.add(source.packageName() + "." + source.type() + " knows " + named.group() + ", which stands below it");
            }
        }
        none(offences.stream().distinct().toList());
    }

    @Test void onlyTensorKnowsTheNativeLibrary() {
        none(sources().stream().filter(s -> s.code().contains("org.bytedeco") && !s.packageName().startsWith("mige.tensor"))
                .map(s -> s.packageName() + "." + s.type() + " uses org.bytedeco").toList());
    }

    @Test void librariesDoNotPrint() {
        none(sources().stream().filter(s -> !s.packageName().equals("mige.cli") && !s.code().contains("static void main(") && s.code().matches("(?s).*\\bSystem\\s*\\.\\s*(out|err)\\b.*"))
                .map(s -> s.packageName() + "." + s.type() + " prints").toList());
    }

    @Test void namesSayWhatAThingDoes() {
        none(sources().stream().filter(s -> s.type().matches(".*(Util|Utils|Helper|Manager|Base|Impl)"))
                .map(s -> s.packageName() + "." + s.type()).toList());
    }

    @Test void everyPublicTypeSaysWhatItIsFor() {
        List<String> offences = new ArrayList<>();
        for (Source source : sources()) {
            Matcher type = PUBLIC_TYPE.matcher(source.text());
            while (type.find()) {
                String before = source.text().substring(0, type.start()).replaceAll("(?m)^@\\w+(\\((?:[^()]|\\([^()]*\\))*\\))?\\s*$", "").stripTrailing();
                if (!before.endsWith("*/")) offences.add(source.packageName() + "." + type.group(1) + " has no Javadoc");
            }
        }
        none(offences);
    }

    @Test void everyFileIsTidy() {
        List<String> offences = new ArrayList<>();
        for (Source source : sources()) {
            if (source.text().contains("\t")) offences.add(source.file() + " has a tab");
            if (source.text().contains("\r")) offences.add(source.file() + " has a carriage return");
            if (source.text().matches("(?s).*[ ]\\n.*")) offences.add(source.file() + " has a space at the end of a line");
            if (!source.text().endsWith("}\n") && !source.text().endsWith(";\n")) offences.add(source.file() + " does not end with one new line");
        }
        none(offences);
    }

    @Test void everyPackageSaysWhatItIsFor() {
        TreeSet<String> silent = new TreeSet<>();
        List<Source> all = sources();
        for (Source source : all) silent.add(source.packageName());
        for (Source source : all) if (source.type().equals("package-info") && source.text().contains("/**")) silent.remove(source.packageName());
        none(List.copyOf(silent));
    }
}

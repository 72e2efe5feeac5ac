package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.dataset.layout.JsonRecord;
import dev.mige4j.dataset.layout.PublishedFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prompt of DreamBench: a subject in a new context.
 *
 * <p>It is read from the folder of google/dreambooth, {@code dataset/SUBJECT/NN.jpg} and
 * {@code dataset/prompts_and_classes.txt}, or from the file in which MIGE's authors list instructions and references.
 *
 * @param subject the name of its folder
 * @param className the class in prompts, such as {@code stuffed animal}; MIGE's file does not have it
 * @param promptIndex position of the prompt in the list of the class, from 0; in MIGE's file that of the record
 * @param prompt the prompt as plain text: the caption of CLIP-T
 * @param instruction the prompt with {@code <ImageHere>} for the subject
 * @param reference the image in the instruction
 * @param reals all images of the subject; empty if MIGE's file is not beside the folder {@code dataset}
 * @param outputStem the path of the outputs up to the seed
 */
public record DreamBenchRecord(
        String subject,
        Optional<String> className,
        int promptIndex,
        String prompt,
        String instruction,
        ImageSource reference,
        List<ImageSource> reals,
        String outputStem) {

    private static final String DATASET = "dataset", PROMPTS = DATASET + "/prompts_and_classes.txt";
    private static final Set<String> LIVE_CLASSES = Set.of("cat", "dog");
    private static final Pattern PROMPT_LINE =
            Pattern.compile("(['\"])(.*)\\1\\.format\\(unique_token,\\s*class_token\\)\\s*,?");
    private static final Pattern ENTITY_FILE = Pattern.compile("(?:.*/)?entity_([\\w-]+)_\\d+\\.\\w+");
    /** Characters of the prompt in the name of an output. */
    private static final int NAME_LENGTH = 100;

    public DreamBenchRecord {
        reals = List.copyOf(reals);
    }

    /** Whether the subject is an animal, which has prompts of its own. */
    public boolean isLive() {
        return className.filter(LIVE_CLASSES::contains).isPresent();
    }

    /** The path of an output, without extension: {@code SUBJECT/PROMPT_SEED}, or as MIGE's program names it. */
    public String outputName(int seed) {
        return outputStem + "_" + seed;
    }

    /**
     * The records of a folder, subject by subject; the reference is the first image of the subject.
     *
     * @param path the folder of google/dreambooth, or MIGE's JSON file, which stands beside its {@code dataset}
     * @throws UsageException when it is neither, a subject has no images, or a line or record has another form
     */
    public static List<DreamBenchRecord> load(Path path) {
        return Files.isRegularFile(path) ? loadMigeFile(path) : loadPrompts(path);
    }

    private static List<DreamBenchRecord> loadPrompts(Path folder) {
        PublishedFolder root = PublishedFolder.open(folder, "the folder of google/dreambooth", PROMPTS);
        PromptFile prompts =
                PromptFile.parse(root.lines(PROMPTS), folder.resolve(PROMPTS).toString());
        List<DreamBenchRecord> records = new ArrayList<>();
        prompts.classNames.forEach((subject, className) -> {
            List<ImageSource> reals = images(root, subject);
            if (reals.isEmpty())
                throw new UsageException(
                        "%s has no images of the subject %s, expected %s/%s/00.jpg and so on.",
                        folder, subject, DATASET, subject);
            List<String> templates = LIVE_CLASSES.contains(className) ? prompts.livePrompts : prompts.objectPrompts;
            for (int i = 0; i < templates.size(); i++)
                records.add(new DreamBenchRecord(
                        subject,
                        Optional.of(className),
                        i,
                        templates.get(i).replace("{0} ", "").replace("{1}", className),
                        templates.get(i).replaceAll(" *\\{0\\} \\{1\\} *", "<ImageHere>"),
                        reals.get(0),
                        reals,
                        String.format(Locale.ROOT, "%s/%02d", subject, i)));
        });
        return records;
    }

    private static List<ImageSource> images(PublishedFolder root, String subject) {
        String folder = DATASET + "/" + subject;
        return root.imageNames(folder).stream()
                .map(name -> root.image(folder + "/" + name))
                .toList();
    }

    private static List<DreamBenchRecord> loadMigeFile(Path file) {
        String name = file.getFileName().toString();
        PublishedFolder root = PublishedFolder.open(
                file.toAbsolutePath().getParent(), "MIGE's file of DreamBench beside the folder " + DATASET, name);
        List<DreamBenchRecord> records = new ArrayList<>();
        Set<String> stems = new HashSet<>();
        for (JsonRecord json : JsonRecord.list(root.json(name), name)) {
            ImageSource reference =
                    root.imageOfLastThree(json.texts("entity_path").get(0));
            String subject = subject(reference.name()),
                    instruction = json.text("multi_prompt"),
                    stem = migeStem(reference.name(), instruction);
            if (!stems.add(stem)) {
                stem = subject + "/" + stem;
                if (!stems.add(stem))
                    throw new UsageException(
                            "%s has the same reference and instruction as a record before.", json.where());
            }
            records.add(new DreamBenchRecord(
                    subject,
                    Optional.empty(),
                    records.size(),
                    json.text("prompt"),
                    instruction,
                    reference,
                    images(root, subject),
                    stem));
        }
        return records;
    }

    /** Of {@code dataset/dog/00.jpg}, or of the {@code entity_dog_0.jpg} in MIGE's repository: {@code dog}. */
    private static String subject(String reference) {
        Matcher entity = ENTITY_FILE.matcher(reference);
        if (entity.matches()) return entity.group(1);
        String[] path = reference.split("/", -1);
        return path[Math.max(0, path.length - 2)];
    }

    /** The name that MIGE's program gives, {@code REFERENCE_INSTRUCTION}. */
    private static String migeStem(String reference, String instruction) {
        String text = instruction.replace("/", " or ").replaceAll("[\\\\*?:\"<>|\\p{Cntrl}]", "_");
        int length = Math.min(NAME_LENGTH, text.codePointCount(0, text.length()));
        return reference.replaceFirst(".*/", "").replaceFirst("\\.[^.]*$", "") + "_"
                + text.substring(0, text.offsetByCodePoints(0, length));
    }

    /**
     * The content of {@code prompts_and_classes.txt}.
     *
     * @param classNames by subject, in order
     */
    private record PromptFile(Map<String, String> classNames, List<String> objectPrompts, List<String> livePrompts) {

        static PromptFile parse(List<String> lines, String file) {
            return new PromptFile(
                    classNames(lines, file),
                    prompts(lines, "Object Prompts", file),
                    prompts(lines, "Live Subject Prompts", file));
        }

        private static Map<String, String> classNames(List<String> lines, String file) {
            Map<String, String> classNames = new LinkedHashMap<>();
            for (int i = lineAfter("subject_name,class", lines, file);
                    i < lines.size() && !lines.get(i).isEmpty();
                    i++) {
                String[] parts = lines.get(i).split(",", 2);
                if (parts.length < 2 || !JsonRecord.isFileName(parts[0]) || parts[1].isBlank())
                    throw new UsageException(
                            "%s: line %d is '%s', expected a subject and its class, such as 'dog4,dog'.",
                            file, i + 1, lines.get(i));
                if (classNames.put(parts[0], parts[1].strip()) != null)
                    throw new UsageException("%s: line %d repeats the subject %s.", file, i + 1, parts[0]);
            }
            return classNames;
        }

        private static List<String> prompts(List<String> lines, String heading, String file) {
            List<String> prompts = new ArrayList<>();
            for (int i = lineAfter(heading, lines, file);
                    i < lines.size() && !lines.get(i).equals("]");
                    i++) {
                if (lines.get(i).isEmpty() || lines.get(i).matches("\\w+\\s*=\\s*\\[")) continue;
                Matcher prompt = PROMPT_LINE.matcher(lines.get(i));
                if (!prompt.matches() || !prompt.group(2).contains("{0} {1}"))
                    throw new UsageException(
                            "%s: line %d is '%s', expected \"'a {0} {1} ...'.format(unique_token, class_token),\".",
                            file, i + 1, lines.get(i));
                prompts.add(prompt.group(2).replaceAll("\\\\(['\"\\\\])", "$1"));
            }
            return prompts;
        }

        private static int lineAfter(String heading, List<String> lines, String file) {
            int line = lines.indexOf(heading);
            if (line < 0) throw new UsageException("%s has no line '%s'.", file, heading);
            return line + 1;
        }
    }
}

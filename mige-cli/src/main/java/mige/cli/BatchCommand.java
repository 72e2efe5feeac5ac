package mige.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import mige.image.PictureFile;
import mige.pipeline.CancelledException;
import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Region;
import mige.pipeline.Settings;
import mige.task.Task;
import mige.tensor.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige batch}: one picture for each record of a file, in the reference's format. A second run makes what is missing. */
@Command(
        name = "batch",
        description = "Makes a picture for each record of a JSON or JSONL file in the reference's format.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nRecords (paths are relative to the file):%n",
        footer = {
            "  {\"entity_path\": [\"dog.png\"], \"multi_prompt\": \"a <imagehere> on the beach\", \"idx\": 1}",
            "  {\"image\": \"photo.jpg\", \"instruction\": \"make it night\", \"idx\": 2}",
            "  {\"entity_path\": [\"scene.png\", \"pear.png\"], \"source_path\": [\"scene.png\"],",
            "   \"multi_prompt\": \"replace the apple in<imagehere>with<imagehere>\", \"idx\": 3}",
            "",
            "Examples:",
            "  mige batch records.jsonl -o results",
            "  mige batch records.json --steps 20 --seed 7 -o results      (again: goes on where it stopped)"
        })
final class BatchCommand implements Callable<Integer> {

    /** The PNG text entry by which a second run knows that nothing changed. */
    private static final String DONE = "mige-record";

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A JSON list of records, or one record a line.")
    private Path file;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", defaultValue = "batch-out",
            description = "Where the pictures go, named by the records' idx, else by their place. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Mixin private ModelOption model;

    @Mixin private SettingsOptions options;

    @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        List<JsonNode> records = read(file);
        Settings settings = options.settings();
        Path to = Output.folder(folder.toAbsolutePath());
        Path root = file.toAbsolutePath().getParent();
        int made = 0, kept = 0, failed = 0;
        long spent = 0;
        Map<String, Integer> names = new HashMap<>();
        try (Mige mige = model.open(err, quiet)) {
            for (int i = 0; i < records.size(); i++) {
                int place = i + 1;
                if (Stop.requested()) throw new Failure("stopped before record %d of %d; run the same command to go on", place, records.size());
                try {
                    BatchRecord record = BatchRecord.of(records.get(i), place);
                    Integer other = names.putIfAbsent(record.name(), place);
                    if (other != null) throw new UsageException("has the idx %s of record %d; give each its own", record.name(), other);
                    Path png = to.resolve(record.name() + ".png");
                    String mark = mark(records.get(i), options.retold(new CommandWords(List.of()), settings), mige.hash());
                    if (isDone(png, mark)) {
                        kept++;
                        continue;
                    }
                    long begun = System.nanoTime();
                    make(mige, record, root, settings, png, mark, place + "/" + records.size(), err);
                    spent += System.nanoTime() - begun;
                    made++;
                    if (!quiet) {
                        double left = spent / 1e9 / made * (records.size() - place);
                        out.println(png.getFileName() + (place < records.size() ? ", about " + ProgressLine.duration(left) + " left" : ""));
                    }
                } catch (CancelledException e) {
                    throw e;
                } catch (RuntimeException e) {
                    if (e instanceof Failure) throw e;
                    failed++;
                    err.println("mige: record " + place + ": " + e.getMessage());
                }
            }
        }
        if (!quiet) out.printf(Locale.ROOT, "%d made, %d kept from before, %d failed%n", made, kept, failed);
        if (failed > 0) throw new Failure("%d of %d records failed; mend them and run the same command again", failed, records.size());
        return 0;
    }

    private void make(Mige mige, BatchRecord record, Path root, Settings settings, Path png, String mark, String what, PrintWriter err) {
        Task task = record.task(root);
        Settings wanted = task.canvas().isEmpty() ? settings.withRegion(Region.EVERYWHERE) : settings;
        ProgressLine.Style style = quiet ? ProgressLine.Style.QUIET : ProgressLine.liveOrQuiet();
        ProgressLine progress = new ProgressLine(err, style, what);
        Creation creation;
        try {
            creation = mige.create(task, wanted, progress);
        } finally {
            progress.end();
        }
        if (!quiet) creation.notices().forEach(notice -> err.println("note: " + png.getFileName() + ": " + notice));
        Map<String, String> text = new LinkedHashMap<>(creation.recipes().get(0).asText());
        CommandWords words = record.command(root);
        if (!model.isEmbedded()) words = words.with("--model", model.model);
        text.put(CommandWords.KEY, options.retold(words, mige.resolve(wanted, task)).json());
        text.put(DONE, mark);
        creation.pictures().get(0).write(png, text);
    }

    private static boolean isDone(Path png, String mark) {
        if (!Files.exists(png)) return false;
        try {
            return mark.equals(PictureFile.texts(png).get(DONE));
        } catch (UsageException e) {
            return false;                                             // some other file: it is made anew
        }
    }

    /** What a finished picture depends on, in 16 digits. */
    private static String mark(JsonNode record, CommandWords settings, String modelHash) {
        try {
            byte[] all = (record + "\n" + settings.json() + "\n" + modelHash).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all)).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static List<JsonNode> read(Path file) {
        List<JsonNode> records = new ArrayList<>();
        try (MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(Files.readAllBytes(file))) {
            while (values.hasNextValue()) records.add(values.nextValue());
        } catch (JsonProcessingException e) {
            throw new UsageException("%s: no JSON at line %d: %s", file, e.getLocation().getLineNr(), e.getOriginalMessage());
        } catch (IOException e) {
            throw new UsageException("%s: cannot be read: %s", file, Output.reason(e));
        }
        if (records.isEmpty()) throw new UsageException("%s: holds no records", file);
        return records;
    }
}

package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code mige batch}: one picture for each record of a file, in the reference's format. A second run makes what is
 * missing.
 */
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
    private static final String FINGERPRINT_KEY = "mige-record";

    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A JSON list of records, or one record a line.")
    private Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            defaultValue = "batch-out",
            description =
                    "Where the pictures go, named by the records' idx, else by their place. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Mixin
    private ModelOption model;

    @Mixin
    private SettingsOptions settingsOptions;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        List<JsonNode> records = readRecords(file);
        Settings settings = settingsOptions.toSettings();
        Path outputFolder = OutputFiles.createFolder(folder.toAbsolutePath());
        Path baseFolder = file.toAbsolutePath().getParent();
        int generated = 0, skipped = 0, failed = 0;
        long elapsedNanos = 0;
        Map<String, Integer> recordNumberByName = new HashMap<>();
        try (Mige mige = model.open(err, quiet)) {
            for (int i = 0; i < records.size(); i++) {
                int recordNumber = i + 1;
                if (CancelFlag.isCancelled())
                    throw new CommandFailedException(
                            "stopped before record %d of %d; run the same command to go on",
                            recordNumber, records.size());
                try {
                    BatchRecord record = BatchRecord.fromJson(records.get(i), recordNumber);
                    Integer duplicateOf = recordNumberByName.putIfAbsent(record.name(), recordNumber);
                    if (duplicateOf != null)
                        throw new UsageException(
                                "has the idx %s of record %d; give each its own", record.name(), duplicateOf);
                    Path outputFile = outputFolder.resolve(record.name() + ".png");
                    String fingerprint = fingerprint(
                            records.get(i),
                            settingsOptions.appendTo(new ReplayCommand(List.of()), settings),
                            mige.modelHash());
                    if (isUpToDate(outputFile, fingerprint)) {
                        skipped++;
                        continue;
                    }
                    long startNanos = System.nanoTime();
                    generate(
                            mige,
                            record,
                            baseFolder,
                            settings,
                            outputFile,
                            fingerprint,
                            recordNumber + "/" + records.size(),
                            err);
                    elapsedNanos += System.nanoTime() - startNanos;
                    generated++;
                    if (!quiet) {
                        double remainingSeconds = elapsedNanos / 1e9 / generated * (records.size() - recordNumber);
                        out.println(outputFile.getFileName()
                                + (recordNumber < records.size()
                                        ? ", about " + ProgressBar.formatDuration(remainingSeconds) + " left"
                                        : ""));
                    }
                } catch (CancelledException e) {
                    throw e;
                } catch (RuntimeException e) {
                    if (e instanceof CommandFailedException) throw e;
                    failed++;
                    err.println("mige: record " + recordNumber + ": " + e.getMessage());
                }
            }
        }
        if (!quiet) out.printf(Locale.ROOT, "%d made, %d kept from before, %d failed%n", generated, skipped, failed);
        if (failed > 0)
            throw new CommandFailedException(
                    "%d of %d records failed; mend them and run the same command again", failed, records.size());
        return 0;
    }

    private void generate(
            Mige mige,
            BatchRecord record,
            Path baseFolder,
            Settings settings,
            Path outputFile,
            String fingerprint,
            String label,
            PrintWriter err) {
        Task task = record.task(baseFolder);
        Settings taskSettings = task.source().isEmpty() ? settings.withRegion(Region.EVERYWHERE) : settings;
        ProgressBar.Style style = quiet ? ProgressBar.Style.QUIET : ProgressBar.terminalOrQuiet();
        ProgressBar progressBar = new ProgressBar(err, style, label);
        GeneratedImage result;
        try {
            result = mige.generate(task, taskSettings, progressBar).get(0);
        } finally {
            progressBar.clear();
        }
        if (!quiet)
            result.notices().forEach(notice -> err.println("note: " + outputFile.getFileName() + ": " + notice));
        ReplayCommand command = record.replayCommand(baseFolder);
        if (!model.isEmbedded()) command = command.with("--model", model.model);
        command = settingsOptions.appendTo(command, mige.resolve(taskSettings, task));
        Map<String, String> extraText = new LinkedHashMap<>();
        extraText.put(ReplayCommand.KEY, command.toJson());
        extraText.put(FINGERPRINT_KEY, fingerprint);
        result.save(outputFile, extraText);
    }

    private static boolean isUpToDate(Path outputFile, String fingerprint) {
        if (!Files.exists(outputFile)) return false;
        try {
            return fingerprint.equals(ImageFile.textChunks(outputFile).get(FINGERPRINT_KEY));
        } catch (UsageException e) {
            return false; // some other file: it is made anew
        }
    }

    /** What a finished picture depends on, in 16 digits. */
    private static String fingerprint(JsonNode record, ReplayCommand settings, String modelHash) {
        try {
            byte[] bytes = (record + "\n" + settings.toJson() + "\n" + modelHash).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes))
                    .substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static List<JsonNode> readRecords(Path file) {
        List<JsonNode> records = new ArrayList<>();
        try (MappingIterator<JsonNode> values = JSON.readerFor(JsonNode.class).readValues(Files.readAllBytes(file))) {
            while (values.hasNextValue()) records.add(values.nextValue());
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "%s: no JSON at line %d: %s", file, e.getLocation().getLineNr(), e.getOriginalMessage());
        } catch (IOException e) {
            throw new UsageException("%s: cannot be read: %s", file, OutputFiles.describeError(e));
        }
        if (records.isEmpty()) throw new UsageException("%s: holds no records", file);
        return records;
    }
}

package dev.mige4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.Part;
import dev.mige4j.common.Sha256;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import dev.mige4j.image.ImageFile;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code mige batch}: one image for each record of a file in the reference's format. A second run generates the missing
 * images.
 */
@Command(
        name = "batch",
        description = "Generates an image for each record of a JSON or JSONL file in the reference's format.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nRecords (other keys are ignored):%n",
        footer = {
            "  {\"entity_path\": [\"samples/dog.png\"], \"multi_prompt\": \"a <imagehere> on the beach\", \"idx\": 1}",
            "  {\"image\": \"samples/meadow.png\", \"instruction\": \"make it night\", \"idx\": 2}",
            "  {\"entity_path\": [\"samples/table.png\", \"samples/teapot.png\"],",
            "   \"source_path\": [\"samples/table.png\"],",
            "   \"multi_prompt\": \"replace the apple in<imagehere>with<imagehere>\", \"idx\": 3}",
            "",
            "Examples:",
            "  mige batch records.jsonl -o results",
            "  mige batch records.json --steps 20 --seed 7 -o results      (run again to resume)",
            "  mige batch records.json --part 1/2 -o results               (and --part 2/2 on another machine)",
            "  mige batch MIGE/infer_scripts/subject/example_dreambooth.json --root MIGE --faithful",
            "  mige batch MIGE/infer_scripts/edit/emu_edit.json --root benchmarks --faithful"
        })
final class BatchCommand implements Callable<Integer> {

    /** Key of the text by which a second run recognises an up-to-date image. */
    private static final String FINGERPRINT_KEY = "mige-record";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A JSON array of records, or one record per line.")
    private Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            defaultValue = "batch-out",
            description = "Output folder; images are named by the idx of their record, or by its number. Default:"
                    + " ${DEFAULT-VALUE}.")
    private Path folder;

    @Option(
            names = "--root",
            paramLabel = "FOLDER",
            description = "Folder that the paths in the records are relative to, and for which /path/to/ stands in the"
                    + " reference's files. Default: the folder of FILE.")
    private Path root;

    @Option(
            names = "--part",
            paramLabel = "I/N",
            description = "Every N-th record from the I-th on, such as 2/4, to divide the work among machines that"
                    + " share the folders.")
    private String part;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private ModelOption model;

    @Mixin
    private LoraOption loraOption;

    @Mixin
    private SettingsOptions settingsOptions;

    @Mixin
    private EncodingOptions encodingOptions;

    @Option(
            names = "--force",
            description = "Replace images that were not made from the same record, settings and model, but never an"
                    + " image that a record names.")
    private boolean force;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        List<JsonNode> records = readRecords(file);
        Settings settings = settingsOptions.toSettings();
        Part selectedPart = part == null ? Part.ALL : Part.parse(part);
        Path outputFolder = OutputFiles.createFolder(folder.toAbsolutePath());
        if (root != null && !Files.isDirectory(root))
            throw new UsageException("--root is '%s', which is not a folder; name the folder of the images", root);
        Path baseFolder = root == null ? file.toAbsolutePath().getParent() : root.toAbsolutePath();
        ImageEncoding encoding = encodingOptions.encoding();
        List<Path> inputs = inputFiles(records, settings, baseFolder);
        int generated = 0, skipped = 0, failed = 0;
        long elapsedNanos = 0;
        Map<String, Integer> recordNumberByName = new HashMap<>();
        try (Mige base = model.open(err, quietOption.isQuiet());
                Mige mige = loraOption.applyTo(base)) {
            for (int i = 0; i < records.size(); i++) {
                int recordNumber = i + 1;
                if (CancelFlag.isCancelled())
                    throw new CancelledException(
                            "stopped before record %d of %d; run the same command to resume",
                            recordNumber, records.size());
                try {
                    BatchRecord record = BatchRecord.fromJson(records.get(i), recordNumber, settings.faithful());
                    Integer duplicateOf = recordNumberByName.putIfAbsent(record.name(), recordNumber);
                    if (duplicateOf != null)
                        throw new UsageException("has the same idx %s as record %d", record.name(), duplicateOf);
                    if (!selectedPart.contains(i)) continue;
                    Path outputFile = outputFolder.resolve(record.name() + encoding.extension());
                    String fingerprint = fingerprint(
                            records.get(i),
                            EncodingOptions.appendTo(
                                    settingsOptions.appendTo(new ReplayCommand(List.of()), settings), encoding),
                            mige.modelHash() + describe(mige.loras()) + (root == null ? "" : "\n" + root),
                            Stream.concat(record.imageFiles(baseFolder).stream(), settingsOptions.maskFile().stream())
                                    .toList());
                    if (isUpToDate(outputFile, fingerprint)) {
                        skipped++;
                        continue;
                    }
                    OutputFiles.requireFree(outputFile, force, inputs);
                    long startNanos = System.nanoTime();
                    generate(
                            mige,
                            record,
                            baseFolder,
                            settings,
                            outputFile,
                            encoding,
                            fingerprint,
                            recordNumber + "/" + records.size(),
                            err);
                    elapsedNanos += System.nanoTime() - startNanos;
                    generated++;
                    if (!quietOption.isQuiet()) {
                        Duration remaining = Duration.ofNanos(
                                elapsedNanos / generated * (records.size() - recordNumber) / selectedPart.count());
                        out.println(outputFile.getFileName() + RemainingTime.format(remaining));
                    }
                } catch (CancelledException e) {
                    throw e;
                } catch (RuntimeException e) {
                    if (!selectedPart.contains(i)) continue; // reported by the run of its part
                    failed++;
                    String message =
                            e instanceof InvalidPathException path ? TextEncoding.explain(path) : e.getMessage();
                    err.println("mige: record " + recordNumber + ": " + message);
                }
            }
        }
        if (!quietOption.isQuiet())
            out.printf(Locale.ROOT, "%d generated, %d up to date, %d failed%n", generated, skipped, failed);
        if (failed > 0)
            throw new CommandFailedException(
                    "%d of %d records failed; fix them and run the same command again", failed, records.size());
        return 0;
    }

    private void generate(
            Mige mige,
            BatchRecord record,
            Path baseFolder,
            Settings settings,
            Path outputFile,
            ImageEncoding encoding,
            String fingerprint,
            String label,
            PrintWriter err) {
        Task task = record.task(baseFolder);
        Settings taskSettings =
                (task.source().isEmpty() ? settings.withRegion(Region.EVERYWHERE) : settings).withChosenSeed();
        if (!quietOption.isQuiet())
            mige.notices(task, taskSettings)
                    .forEach(notice -> err.println("note: " + outputFile.getFileName() + ": " + notice));
        ProgressBar progressBar = new ProgressBar(err, quietOption.isQuiet(), label);
        GeneratedImage result;
        try {
            result = mige.generate(task, taskSettings, progressBar).get(0);
        } finally {
            progressBar.clear();
        }
        ReplayCommand command = record.replayCommand(baseFolder);
        if (!model.isEmbedded()) command = command.with("--model", model.model);
        command = EncodingOptions.appendTo(
                settingsOptions.appendTo(loraOption.appendTo(command), mige.resolve(taskSettings, task)), encoding);
        Map<String, String> extraText = new LinkedHashMap<>();
        extraText.put(ReplayCommand.KEY, command.toJson());
        extraText.put(FINGERPRINT_KEY, fingerprint);
        OutputFiles.write(outputFile, force, out -> result.write(out, encoding, extraText));
    }

    /** The files that the command reads: the images of all records and the mask. */
    private List<Path> inputFiles(List<JsonNode> records, Settings settings, Path baseFolder) {
        List<Path> files = new ArrayList<>(settingsOptions.maskFile().stream().toList());
        for (int i = 0; i < records.size(); i++) {
            try {
                files.addAll(BatchRecord.fromJson(records.get(i), i + 1, settings.faithful())
                        .imageFiles(baseFolder));
            } catch (UsageException | InvalidPathException e) {
                // reported when the record's turn comes
            }
        }
        return files;
    }

    private static boolean isUpToDate(Path outputFile, String fingerprint) {
        if (!Files.exists(outputFile)) return false;
        try {
            return fingerprint.equals(ImageFile.textChunks(outputFile).get(FINGERPRINT_KEY));
        } catch (UsageException e) {
            return false; // not one of ours: generated again
        }
    }

    private static String describe(List<Lora> loras) {
        return loras.stream()
                .map(lora -> "\n" + lora.file().sha256() + " " + lora.scale())
                .collect(Collectors.joining());
    }

    /** Hash of all inputs that an image depends on, 16 hexadecimal digits. */
    private static String fingerprint(JsonNode record, ReplayCommand settings, String modelAndRoot, List<Path> files) {
        StringBuilder content = new StringBuilder(record + "\n" + settings.toJson() + "\n" + modelAndRoot);
        for (Path file : files) {
            try {
                content.append('\n').append(Sha256.hex(file));
            } catch (IOException e) {
                content.append("\nunreadable"); // reported when the record is read
            }
        }
        return Sha256.hex(content.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    static List<JsonNode> readRecords(Path file) {
        List<JsonNode> records = new ArrayList<>();
        try (MappingIterator<JsonNode> values =
                Json.MAPPER.readerFor(JsonNode.class).readValues(Json.readText(file))) {
            while (values.hasNextValue()) records.add(values.nextValue());
        } catch (JsonProcessingException e) {
            throw new UsageException(
                    "%s: invalid JSON at line %d: %s", file, e.getLocation().getLineNr(), e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen: the text is in memory
        }
        if (records.isEmpty()) throw new UsageException("%s: contains no records", file);
        return records;
    }
}

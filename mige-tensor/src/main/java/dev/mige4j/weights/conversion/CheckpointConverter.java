package dev.mige4j.weights.conversion;

import dev.mige4j.common.ByteSize;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.FittingSection;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoadReport;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.torch.SectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Converts published checkpoints into a {@link dev.mige4j.weights.ModelFolder} of safetensors files that can be
 * memory-mapped.
 *
 * <p>Tensors are streamed in chunks of a few megabytes, so a small heap is enough. All required keys must exist; unused
 * ones are listed in the report. The autoencoder is always written in float32.
 */
public final class CheckpointConverter {

    /**
     * Paths of the published files.
     *
     * @param model {@code model.pth}, or any weight file or folder with the keys of the model
     * @param autoencoder a diffusers autoencoder folder or file
     * @param t5 a T5 folder with {@code spiece.model}, and with weights if {@code model} lacks the text encoder; or
     *     null
     * @param tokenizer {@code spiece.model} if it is not in {@code t5}; or null
     * @param section the section of {@code model} to read; null: the one that fits best ({@link FittingSection})
     */
    public record SourceFiles(Path model, Path autoencoder, Path t5, Path tokenizer, String section) {
        /** With the section that fits. */
        public SourceFiles(Path model, Path autoencoder, Path t5, Path tokenizer) {
            this(model, autoencoder, t5, tokenizer, null);
        }

        /**
         * The files of this record, and for those that are null, what is found in a folder and its folders, or the
         * files of a {@linkplain ModelFolder model folder}.
         *
         * @throws UsageException when a file is not found
         */
        public SourceFiles orFoundIn(Path folder) {
            if (ModelFolder.isOne(folder))
                return new SourceFiles(
                        model != null ? model : folder,
                        autoencoder != null ? autoencoder : folder.resolve(ModelFolder.AUTOENCODER),
                        t5,
                        tokenizer != null || t5 != null ? tokenizer : folder.resolve(ModelFolder.TOKENIZER),
                        section);
            List<String> paths;
            try (Stream<Path> files = Files.find(folder, 5, (path, attributes) -> Files.isRegularFile(path))) {
                paths = files.map(file -> folder.relativize(file).toString().replace('\\', '/'))
                        .toList();
            } catch (IOException | UncheckedIOException e) {
                throw new UsageException("%s: could not be read (%s)", folder, e.getMessage(), e);
            }
            PublishedFiles found = new PublishedFiles(paths);
            return new SourceFiles(
                    model != null ? model : findModel(folder, found),
                    autoencoder != null
                            ? autoencoder
                            : require(folder, found.autoencoder(), "the autoencoder", "--vae PATH"),
                    t5,
                    tokenizer != null || t5 != null
                            ? tokenizer
                            : require(folder, found.tokenizer(), PublishedFiles.TOKENIZER, "--tokenizer FILE"),
                    section);
        }

        private static Path findModel(Path folder, PublishedFiles found) {
            List<List<String>> models = found.models();
            if (models.size() > 1)
                throw new UsageException(
                        "%s: has no %s; it has %s. Choose the model with --checkpoint FILE.",
                        folder,
                        PublishedFiles.MODEL,
                        models.stream().map(files -> files.get(0)).limit(10).collect(Collectors.joining(", ")));
            Optional<String> model = models.stream().map(files -> files.get(0)).findFirst();
            Path path = require(folder, model, PublishedFiles.MODEL, "--checkpoint FILE");
            return models.get(0).size() == 1 ? path : path.getParent(); // of shards: their folder
        }

        private static Path require(Path folder, Optional<String> path, String what, String option) {
            return folder.resolve(path.orElseThrow(() -> new UsageException(
                    "%s: has no file that may be %s. Download it, too, or name it with %s.", folder, what, option)));
        }

        Path tokenizerFile() {
            Path file = tokenizer != null ? tokenizer : t5 != null ? t5.resolve(ModelFolder.TOKENIZER) : null;
            if (file == null || !Files.isRegularFile(file))
                throw new UsageException(
                        "%s. Specify the T5 folder that contains spiece.model.",
                        file == null ? "There is no tokenizer" : file + ": there is no such file");
            return file;
        }
    }

    private static final long MAX_TOKENIZER_BYTES = 50_000_000;

    private CheckpointConverter() {}

    /**
     * Writes the model folder.
     *
     * @return the tensors that were used, remapped, or not used
     * @throws WeightsException when tensors are missing or have another shape, or the tokenizer does not fit; nothing
     *     is written then
     * @throws UsageException when the disk is full or there is no tokenizer
     * @throws dev.mige4j.common.CancelledException when {@code progress} returned false; the next call continues from
     *     there
     */
    public static LoadReport convert(
            SourceFiles sources,
            ModelSpec spec,
            Checkpoint.LoadDType loadDType,
            Path outputFolder,
            ProgressListener progress) {
        Path tokenizer = sources.tokenizerFile();
        try (Checkpoint model = openModel(sources, spec);
                Checkpoint autoencoder = Checkpoint.open(
                        Checkpoint.LoadDType.AS_STORED,
                        new FittingSection(spec.autoencoder()),
                        sources.autoencoder())) {
            ConversionPlan plan = plan(model, autoencoder, readTokenizer(tokenizer), spec, loadDType);
            plan.run(outputFolder, "converting", progress);
            return plan.report();
        }
    }

    /**
     * Plans a conversion of open files, which may be on a server; only their headers have been read.
     *
     * @param tokenizer content of {@code spiece.model}
     * @throws WeightsException when tensors are missing or have another shape
     */
    static ConversionPlan plan(
            Checkpoint model,
            Checkpoint autoencoder,
            byte[] tokenizer,
            ModelSpec spec,
            Checkpoint.LoadDType loadDType) {
        LoadReport modelReport = model.compare(spec.model()).requireComplete(),
                autoencoderReport = autoencoder.compare(spec.autoencoder()).requireComplete();
        spec.tokenizerCheck().accept(tokenizer);
        return new ConversionPlan(
                model, autoencoder, tokenizer, spec, loadDType, merge(modelReport, autoencoderReport));
    }

    private static Checkpoint openModel(SourceFiles sources, ModelSpec spec) {
        SectionSelector fitting = new FittingSection(spec.model());
        Checkpoint checkpoint = Checkpoint.open(
                Checkpoint.LoadDType.AS_STORED,
                sources.section() == null ? fitting : SectionSelector.named(sources.section()),
                sources.model());
        boolean lacksTextEncoder = checkpoint.compare(spec.model()).missing().keySet().stream()
                .anyMatch(key -> key.startsWith("t5_model."));
        if (lacksTextEncoder && sources.t5() != null) checkpoint.add(fitting, sources.t5());
        return checkpoint;
    }

    /** The required tensors and the optional ones that the files have. */
    static Map<String, ShapeRecorder.TensorSpec> specs(Checkpoint checkpoint, ShapeRecorder shapes) {
        Map<String, ShapeRecorder.TensorSpec> specs = new LinkedHashMap<>(shapes.specs());
        for (String key : shapes.optionalKeys())
            if (checkpoint.has(key))
                specs.put(
                        key,
                        new ShapeRecorder.TensorSpec(checkpoint.tensorInfo(key).shape(), Init.ZEROS));
        return specs;
    }

    private static byte[] readTokenizer(Path file) {
        try {
            requireTokenizerSize(file.toString(), Files.size(file));
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw TensorFile.readFailed(file, e);
        }
    }

    /** Rejects a file that is too large for a tokenizer, before it is downloaded or read. */
    static void requireTokenizerSize(String file, long bytes) {
        if (bytes > MAX_TOKENIZER_BYTES)
            throw new WeightsException(
                    "%s: has %s, expected a SentencePiece model, which has about a megabyte; specify another file.",
                    file, ByteSize.format(bytes));
    }

    private static LoadReport merge(LoadReport a, LoadReport b) {
        List<String> used = new ArrayList<>(a.used());
        used.addAll(b.used());
        Map<String, String> remapped = new LinkedHashMap<>(a.remapped()),
                unexpected = new LinkedHashMap<>(a.unexpected());
        remapped.putAll(b.remapped());
        unexpected.putAll(b.unexpected());
        used.forEach(unexpected::remove); // of a file or folder that has both the model and the autoencoder
        List<String> notes = new ArrayList<>(a.notes());
        notes.addAll(b.notes());
        return new LoadReport(used, remapped, Map.of(), unexpected, notes);
    }
}

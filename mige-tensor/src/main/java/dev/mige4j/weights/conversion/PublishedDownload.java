package dev.mige4j.weights.conversion;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.ByteSource;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.FittingSection;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.format.LocalFile;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.hub.HubDownloader;
import dev.mige4j.weights.hub.RemoteFile;
import dev.mige4j.weights.hub.RemoteSource;
import dev.mige4j.weights.torch.SectionSelector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of the published model on a hub, and their conversion while they are downloaded.
 *
 * <p>Of an archive or a safetensors file, only the tensors that the model needs are requested, and each is converted
 * while it arrives, so that the model folder alone needs space on the disk. A file in the format of torch before 1.6 is
 * downloaded whole first. Files in the cache of {@code huggingface_hub} are read there.
 */
public final class PublishedDownload implements AutoCloseable {

    /** Where the model is published. */
    public static final String REPOSITORY = "EurekaTian/MIGE";

    private static final String AUTOENCODER_REPOSITORY = "stabilityai/sd-vae-ft-ema",
            TOKENIZER_REPOSITORY = "DeepFloyd/t5-v1_1-xxl";
    private static final String WORK_FOLDER = ".mige-download"; // of this class alone, since it is deleted

    /** A file of a repository. */
    public record Source(String repository, RemoteFile file) {}

    private final Function<String, HubDownloader> hubs;
    private final List<Source> model;
    private final Source autoencoder, tokenizer;
    private final ProgressListener progress;
    private final Map<Source, Optional<Path>> cached = new HashMap<>();
    private final List<Checkpoint> open = new ArrayList<>();

    private PublishedDownload(
            Function<String, HubDownloader> hubs,
            List<Source> model,
            Source autoencoder,
            Source tokenizer,
            ProgressListener progress) {
        this.hubs = hubs;
        this.model = model;
        this.autoencoder = autoencoder;
        this.tokenizer = tokenizer;
        this.progress = progress;
    }

    /**
     * Finds the files; the autoencoder and the tokenizer in their own repositories if this one lacks them.
     *
     * @param hubs opens a repository
     * @param repository usually {@link #REPOSITORY}
     * @param checkpoint path or name of the model's file, null for {@code model.pth}
     * @param progress of downloading and checking whole files
     * @throws UsageException when a server refuses or a file is missing
     */
    public static PublishedDownload find(
            Function<String, HubDownloader> hubs, String repository, String checkpoint, ProgressListener progress) {
        List<RemoteFile> files = hubs.apply(repository).list();
        PublishedFiles found = new PublishedFiles(paths(files));
        List<Source> model = chooseModel(found, repository, checkpoint, files).stream()
                .map(path -> source(repository, files, path))
                .toList();
        return new PublishedDownload(
                hubs,
                model,
                find(hubs, repository, files, PublishedFiles::autoencoder, AUTOENCODER_REPOSITORY, "autoencoder"),
                find(hubs, repository, files, PublishedFiles::tokenizer, TOKENIZER_REPOSITORY, "tokenizer"),
                progress);
    }

    private static List<String> chooseModel(
            PublishedFiles found, String repository, String checkpoint, List<RemoteFile> files) {
        if (checkpoint != null) {
            List<String> named = found.named(checkpoint);
            if (!named.isEmpty()) return named;
        }
        List<List<String>> models = found.models();
        if (checkpoint == null && models.size() == 1) return models.get(0);
        String candidates = models.stream()
                .limit(10)
                .map(paths -> TensorFile.sanitize(paths.get(0)) + " ("
                        + ByteSize.format(paths.stream()
                                .mapToLong(path ->
                                        source(repository, files, path).file().size())
                                .sum())
                        + (paths.size() > 1 ? " in " + paths.size() + " files" : "") + ")")
                .collect(Collectors.joining(", "));
        throw new UsageException(
                "%s: has no file %s%s",
                repository,
                checkpoint == null ? PublishedFiles.MODEL : checkpoint,
                models.isEmpty()
                        ? " and no other weights that may be the model. Check the repository and the revision."
                        : "; it has " + candidates + ". Choose the model with --checkpoint NAME.");
    }

    private static Source find(
            Function<String, HubDownloader> hubs,
            String repository,
            List<RemoteFile> files,
            Function<PublishedFiles, Optional<String>> finder,
            String fallback,
            String what) {
        Optional<String> path = finder.apply(new PublishedFiles(paths(files)));
        if (path.isPresent()) return source(repository, files, path.get());
        List<RemoteFile> others = hubs.apply(fallback).list();
        return finder.apply(new PublishedFiles(paths(others)))
                .map(found -> source(fallback, others, found))
                .orElseThrow(() -> new UsageException(
                        "Neither %s nor %s has the %s of the model. Download it elsewhere, and use mige convert.",
                        repository, fallback, what));
    }

    private static List<String> paths(List<RemoteFile> files) {
        return files.stream().map(RemoteFile::path).toList();
    }

    private static Source source(String repository, List<RemoteFile> files, String path) {
        return files.stream()
                .filter(file -> file.path().equals(path))
                .map(file -> new Source(repository, file))
                .findFirst()
                .orElseThrow();
    }

    /** The files: the model's, the autoencoder, the tokenizer. */
    public List<Source> files() {
        return Stream.concat(model.stream(), Stream.of(autoencoder, tokenizer)).toList();
    }

    /** Files in the format of torch before 1.6, which are downloaded whole before they are converted; usually none. */
    public List<Source> wholeFiles() {
        return Stream.concat(model.stream(), Stream.of(autoencoder))
                .filter(source -> findCached(source).isEmpty() && isLegacy(source))
                .toList();
    }

    private boolean isLegacy(Source source) {
        ByteBuffer first = ByteBuffer.allocate(1);
        try (ByteSource remote = remote(source)) {
            return remote.read(first, 0) == 1 && (first.get(0) & 0xFF) == 0x80;
        } catch (IOException e) {
            throw TensorFile.readFailed(Path.of(source.file.path()), e);
        }
    }

    private ByteSource remote(Source source) {
        return new RemoteSource(hubs.apply(source.repository), source.file);
    }

    /** The file in the cache of {@code huggingface_hub}, if it is there; hashes it at the first call. */
    public Optional<Path> findCached(Source source) {
        return cached.computeIfAbsent(source, key -> {
            try {
                return hubs.apply(key.repository).findCached(key.file, progress);
            } catch (IOException e) {
                return Optional.empty();
            }
        });
    }

    /**
     * Reads the headers of the files and plans the conversion. Downloads the tokenizer and {@link #wholeFiles} into
     * {@code folder}; {@link #deleteDownloads} removes them.
     *
     * @param wholeFiles result of {@link #wholeFiles}
     * @param section of the model's file to read, null for the one that fits
     * @throws UsageException when a server refuses or the disk is full
     * @throws dev.mige4j.common.WeightsException when a file is not what its name says, or lacks tensors
     */
    public ConversionPlan plan(
            Path folder, List<Source> wholeFiles, ModelSpec spec, String section, Checkpoint.LoadDType loadDType) {
        Path workFolder = folder.resolve(WORK_FOLDER);
        CheckpointConverter.requireTokenizerSize(tokenizer.file.path(), tokenizer.file.size());
        try {
            byte[] pieces = Files.readAllBytes(download(hubs, tokenizer, workFolder, ProgressListener.NONE));
            List<ByteSource> modelSources = new ArrayList<>();
            for (Source source : model) modelSources.add(open(source, wholeFiles, workFolder));
            SectionSelector selector =
                    section == null ? new FittingSection(spec.model()) : SectionSelector.named(section);
            Checkpoint modelCheckpoint = openCheckpoint(modelSources, selector),
                    autoencoderCheckpoint =
                            openCheckpoint(
                                    List.of(open(autoencoder, wholeFiles, workFolder)),
                                    new FittingSection(spec.autoencoder()));
            return CheckpointConverter.plan(modelCheckpoint, autoencoderCheckpoint, pieces, spec, loadDType);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(workFolder, e);
        }
    }

    private ByteSource open(Source source, List<Source> wholeFiles, Path workFolder) {
        if (wholeFiles.contains(source)) return LocalFile.open(download(hubs, source, workFolder, progress));
        return findCached(source).<ByteSource>map(LocalFile::open).orElseGet(() -> remote(source));
    }

    private Checkpoint openCheckpoint(List<ByteSource> sources, SectionSelector selector) {
        Checkpoint checkpoint = Checkpoint.of(
                Checkpoint.LoadDType.AS_STORED,
                sources.stream()
                        .map(source -> Checkpoint.openFile(source, selector))
                        .toArray(TensorFile[]::new));
        open.add(checkpoint);
        return checkpoint;
    }

    private static Path download(
            Function<String, HubDownloader> hubs, Source source, Path workFolder, ProgressListener progress) {
        return hubs.apply(source.repository)
                .download(workFolder, List.of(source.file), progress)
                .get(0);
    }

    /** Deletes what {@link #plan} has downloaded into {@code folder}. */
    public void deleteDownloads(Path folder) {
        Path workFolder = folder.resolve(WORK_FOLDER);
        if (!Files.exists(workFolder)) return;
        try (Stream<Path> files = Files.walk(workFolder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
        } catch (IOException e) {
            throw AtomicFile.writeFailed(workFolder, e);
        }
    }

    /** Closes the files. */
    @Override
    public void close() {
        open.forEach(Checkpoint::close);
    }
}

package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.WeightsException;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ModelSpec;
import dev.mige4j.weights.conversion.ConversionPlan;
import dev.mige4j.weights.conversion.PublishedDownload;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * {@code mige download published}: says what it will do, downloads and converts the published model, and ends with the
 * command to try.
 */
final class PublishedModelDownload {

    private static final double BYTES_PER_SECOND = 100e6 / 8; // of a common home connection

    private final PrintWriter out;
    private final TransferProgressBar progressBar;
    private final boolean quiet;

    PublishedModelDownload(PrintWriter out, TransferProgressBar progressBar, boolean quiet) {
        this.out = out;
        this.progressBar = progressBar;
        this.quiet = quiet;
    }

    /** Writes the model folder, unless it is there already. */
    void run(PublishedDownload download, String pages, ConversionOptions options, Path folder) {
        ModelSpec spec = options.modelSpec();
        Path absolute = OutputFiles.createFolder(folder.toAbsolutePath());
        List<PublishedDownload.Source> wholeFiles = download.wholeFiles();
        printFiles(download, pages, wholeFiles);
        if (!wholeFiles.isEmpty()) requireSpaceForBoth(wholeFiles, spec, absolute);
        ConversionPlan plan = download.plan(absolute, wholeFiles, spec, options.section(), options.loadDType());
        if (plan.hasOtherModel(absolute)) {
            download.deleteDownloads(absolute);
            if (isThere(options, folder)) return; // another process has finished it meanwhile
            throw ConversionPlan.otherModel(folder);
        }
        printPlan(plan, plan.continuation(absolute), folder);
        plan.run(absolute, "downloading", progressBar);
        progressBar.clear();
        download.deleteDownloads(absolute);
        printCommand(folder);
    }

    /** Whether the folder already has the model; prints the command to try then. */
    boolean isThere(ConversionOptions options, Path folder) {
        if (!Files.exists(folder.resolve(ModelFolder.CONFIG))) return false;
        ModelSpec spec = options.modelSpec();
        try (Checkpoint model = Checkpoint.open(folder)) {
            if (model.compare(spec.model()).missing().isEmpty()
                    && model.compare(spec.autoencoder()).missing().isEmpty()
                    && Files.exists(folder.resolve(ModelFolder.TOKENIZER))
                    && Files.readString(folder.resolve(ModelFolder.CONFIG)).equals(spec.configJson())) {
                printCommand(folder);
                return true;
            }
        } catch (WeightsException | IOException e) {
            // another model, or a damaged one
        }
        throw ConversionPlan.otherModel(folder);
    }

    private void printFiles(PublishedDownload download, String pages, List<PublishedDownload.Source> wholeFiles) {
        if (quiet) return;
        download.files().stream()
                .map(PublishedDownload.Source::repository)
                .distinct()
                .forEach(repository ->
                        out.println(repository.contains("://") ? repository : "Licence: " + pages + "/" + repository));
        for (PublishedDownload.Source source : download.files()) {
            out.printf(
                    "  %9s  %s",
                    ByteSize.format(source.file().size()), source.file().path());
            download.findCached(source).ifPresent(path -> out.print(", which is in " + path));
            if (wholeFiles.contains(source))
                out.print(", in the format before torch 1.6: downloaded whole, then converted and deleted");
            out.println();
        }
        out.flush();
    }

    /** Files that are downloaded whole need space beside the model. */
    private static void requireSpaceForBoth(List<PublishedDownload.Source> wholeFiles, ModelSpec spec, Path folder) {
        long requiredBytes = 2 * spec.model().parameterCount()
                + 4 * spec.autoencoder().parameterCount()
                + wholeFiles.stream().mapToLong(source -> source.file().size()).sum();
        long freeBytes = folder.toFile().getUsableSpace();
        if (requiredBytes > freeBytes) throw AtomicFile.diskFull(folder, requiredBytes, freeBytes);
    }

    private void printPlan(ConversionPlan plan, ConversionPlan.Continuation continuation, Path folder) {
        if (quiet) return;
        long left = plan.sourceBytes() - continuation.doneBytes();
        if (continuation.otherConversion())
            out.println("The files on the server, or the options, differ from those of the unfinished download in "
                    + folder + "; it starts anew.");
        plan.report().notes().forEach(out::println);
        out.printf(
                Locale.ROOT,
                "%s of these are needed%s. The model takes %s in %s.%n",
                ByteSize.format(plan.sourceBytes()),
                continuation.doneBytes() > 0 ? ", " + ByteSize.format(left) + " of them are left to download" : "",
                ByteSize.format(plan.outputBytes()),
                folder);
        out.printf("That is about %s at 100 Mbit/s.%n", ProgressBar.formatDuration(left / BYTES_PER_SECOND));
        out.flush();
    }

    private void printCommand(Path folder) {
        if (quiet) return;
        out.println(folder + " is ready. Try:");
        out.println("  mige edit photo.jpg \"make it night\" --model " + folder);
    }
}

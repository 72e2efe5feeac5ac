package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.CheckpointListing;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige weights}: what is inside files of weights. */
@Command(
        name = "weights",
        description =
                "Lists the tensors in a safetensors or torch file, or in each of a folder; reads headers only and executes nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige weights model.pth", "  mige weights models/xl --summary"})
final class WeightsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files or folders.")
    private List<Path> files;

    @Option(names = "--summary", description = "One line a file.")
    private boolean summary;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        for (Path file : files) {
            if (!Files.exists(file)) throw new UsageException("%s: no such file", file);
            for (CheckpointListing listing : CheckpointListing.of(file)) {
                if (summary) out.println(listing.summary());
                else listing.lines().forEach(out::println);
            }
        }
        return 0;
    }
}

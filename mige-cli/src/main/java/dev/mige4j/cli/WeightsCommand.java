package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.weights.CheckpointListing;
import dev.mige4j.weights.torch.SectionSelector;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige weights}: lists the tensors in weight files. */
@Command(
        name = "weights",
        description =
                "Lists the tensors in safetensors or torch files, or in all files of a folder; reads headers only and"
                        + " executes no code.",
        mixinStandardHelpOptions = true,
        exitCodeOnExecutionException = CommandLine.ExitCode.USAGE, // the weights are input files
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige weights model.pth",
            "  mige weights model.pth --section state_dict_ema",
            "  mige weights models/xl --summary"
        })
final class WeightsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files or folders.")
    private List<Path> files;

    @Option(
            names = "--section",
            paramLabel = "NAME",
            description = "List another section of a torch file, such as ema.")
    private String section;

    @Option(names = "--summary", description = "Print one line per file.")
    private boolean summary;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        SectionSelector selector = section == null ? SectionSelector.FIRST : SectionSelector.named(section);
        for (Path file : files) {
            if (!Files.exists(file)) throw new UsageException("%s: no such file", file);
            for (CheckpointListing listing : CheckpointListing.of(file, selector)) {
                if (summary) out.println(listing.summary());
                else listing.lines().forEach(out::println);
            }
        }
        return 0;
    }
}

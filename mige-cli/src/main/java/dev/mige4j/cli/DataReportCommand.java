package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.photos.DecisionList;
import dev.mige4j.photos.ItemFiles;
import dev.mige4j.photos.PhotoTask;
import dev.mige4j.photos.RunSettings;
import dev.mige4j.photos.report.PhotoReport;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code mige data report}: the report on data that were made from photographs. */
@Command(
        name = "report",
        description = "Writes the report on data that mige data made: what was kept and dropped and why, distributions"
                + " of the quality measures, and a contact sheet.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  mige data report data --samples 100")
final class DataReportCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", description = "The output folder of mige data add or replace.")
    private Path folder;

    @Option(
            names = "--photos",
            paramLabel = "FOLDER",
            description = "The folder of photographs, to show dropped ones. Default: where they were.")
    private Path photos;

    @Mixin
    private ReportSizeOptions reportSize;

    @Override
    public Integer call() {
        boolean found = false;
        for (PhotoTask task : PhotoTask.values()) {
            if (!DecisionList.of(folder, task).exists()) continue;
            found = true;
            RunSettings settings = RunSettings.read(folder, task);
            Path photoFolder = photos == null ? Path.of(settings.photos()) : photos;
            ItemFiles files = new ItemFiles(folder, task, settings.encoding());
            Path report =
                    new PhotoReport(files, Optional.of(photoFolder)).write(reportSize.samples(), reportSize.dropped());
            spec.commandLine().getOut().println(report);
        }
        if (!found)
            throw new UsageException(
                    "%s: there is no add/decisions.jsonl or replace/decisions.jsonl; expected the output folder of mige"
                            + " data add or replace",
                    folder);
        return 0;
    }
}

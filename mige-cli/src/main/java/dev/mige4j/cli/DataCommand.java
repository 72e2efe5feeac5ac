package dev.mige4j.cli;

import picocli.CommandLine.Command;

/** {@code mige data}: makes training data from photographs and published datasets. */
@Command(
        name = "data",
        description = "Makes training data from photographs and published datasets. docs/data.md explains the"
                + " stages and the files.",
        mixinStandardHelpOptions = true,
        subcommands = {
            DataAddCommand.class,
            DataReplaceCommand.class,
            DataImportCommand.class,
            DataReportCommand.class,
            DataShardsCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige data add --photos photos --annotations instances.json -o data     (run again to resume)",
            "  mige data replace --photos photos --pairs pairs.json -o data",
            "  mige data import magicbrush MagicBrush -o data",
            "  mige data report data --samples 100",
            "  mige train mige --print-config      (the key data reads data/add.json)"
        })
final class DataCommand {}

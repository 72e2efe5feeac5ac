package dev.mige4j.cli;

import picocli.CommandLine.Option;

/** How much the report on photographs shows. */
final class ReportSizeOptions {

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "24",
            description = "Samples to show in the report. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0, max = 1000)
    private int samples;

    @Option(
            names = "--dropped",
            paramLabel = "N",
            defaultValue = "8",
            description = "Dropped photographs to show in the report for each reason. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0, max = 1000)
    private int dropped;

    int samples() {
        return samples;
    }

    int dropped() {
        return dropped;
    }
}

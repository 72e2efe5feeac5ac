package dev.mige4j.cli;

import picocli.CommandLine.Option;

/** The option {@code --report-samples} of {@code mige eval}. */
final class ReportOption {

    @Option(
            names = "--report-samples",
            paramLabel = "N",
            defaultValue = "12",
            description = "Number of samples per suite in the HTML report. Default: ${DEFAULT-VALUE}.")
    @Range(min = 0)
    private int samples;

    int samplesPerSuite() {
        return samples;
    }
}

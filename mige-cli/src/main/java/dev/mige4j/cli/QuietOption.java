package dev.mige4j.cli;

import picocli.CommandLine.Option;

/** The option {@code --quiet}, for every command that prints more than its result. */
final class QuietOption {

    @Option(
            names = {"-q", "--quiet"},
            description = "Print errors only.")
    private boolean quiet;

    boolean isQuiet() {
        return quiet;
    }
}

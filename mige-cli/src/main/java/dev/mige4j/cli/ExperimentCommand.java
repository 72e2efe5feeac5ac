package dev.mige4j.cli;

import picocli.CommandLine.Command;

/** {@code mige experiment}: experiments that train and evaluate. */
@Command(
        name = "experiment",
        description = "Repeats experiments of this project: trains, evaluates and writes tables and pages.",
        mixinStandardHelpOptions = true,
        subcommands = {ExperimentClaimsCommand.class, ExperimentTeachCommand.class})
final class ExperimentCommand {}

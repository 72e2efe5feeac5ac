package dev.mige4j.cli;

import picocli.CommandLine.Command;

/** {@code mige eval}: evaluates models on benchmarks. */
@Command(
        name = "eval",
        description = "Evaluates models on benchmarks.",
        mixinStandardHelpOptions = true,
        subcommands = {
            EvalNanoCommand.class,
            EvalMigeBenchCommand.class,
            EvalDreamBenchCommand.class,
            EvalMagicBrushCommand.class,
            EvalEmuEditCommand.class,
            EvalJoinCommand.class
        })
final class EvalCommand {}

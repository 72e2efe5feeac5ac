package dev.mige4j.cli;

import picocli.CommandLine.Command;

/** {@code mige eval}: evaluates models on benchmarks. */
@Command(
        name = "eval",
        description =
                "Evaluates models, or images of other programs, on benchmarks. docs/evaluation.md says where to get"
                        + " the data and how long each takes.",
        mixinStandardHelpOptions = true,
        subcommands = {
            EvalNanoCommand.class,
            EvalMigeBenchCommand.class,
            EvalDreamBenchCommand.class,
            EvalMagicBrushCommand.class,
            EvalEmuEditCommand.class,
            EvalRecordsCommand.class,
            EvalJoinCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval nano --items 20 -o evaluation",
            "  mige eval emu-edit --data emu_edit_test_set --model models/mige-xl --faithful \\",
            "    --clip models/clip --dino models/dino -o emu-edit      (run again to resume)",
            "  mige eval magicbrush --data MagicBrush/test --images their-outputs --clip models/clip -o theirs",
            "  mige eval records --data data/pairs-held-out.json --model runs/mine/model -o mine",
            "  mige eval join part-1 part-2 -o whole"
        })
final class EvalCommand {}

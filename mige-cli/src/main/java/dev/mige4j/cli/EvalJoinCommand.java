package dev.mige4j.cli;

import dev.mige4j.eval.EvaluationJoin;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mige eval join}: the reports of an evaluation that was divided with {@code --part}. */
@Command(
        name = "join",
        description = "Joins the output folders of all parts of an evaluation (--part) and writes the reports of the"
                + " whole. Neither the data nor the models are needed.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige eval emu-edit --data emu_edit_test_set --part 1/2 -o part-1      (on one machine)",
            "  mige eval emu-edit --data emu_edit_test_set --part 2/2 -o part-2      (on another)",
            "  mige eval join part-1 part-2 -o whole"
        })
final class EvalJoinCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FOLDER", arity = "1..*", description = "The output folders of all parts, in any order.")
    private List<Path> parts;

    @Mixin
    private EvaluationOutput output;

    @Override
    public Integer call() {
        return output.run((folder, listener) -> EvaluationJoin.run(parts, folder));
    }
}

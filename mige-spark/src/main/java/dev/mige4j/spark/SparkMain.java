package dev.mige4j.spark;

import dev.mige4j.common.UsageException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Entry point for {@code spark-submit}: commands of {@code mige} whose work is divided among the tasks of Spark. */
@Command(
        name = "mige-spark",
        description =
                "Divides the work of a mige command among the tasks of Apache Spark. All paths are absolute and in"
                        + " folders that all machines share.",
        mixinStandardHelpOptions = true,
        subcommands = {SparkData.class, SparkBatch.class, SparkEval.class},
        footerHeading = "%nExamples (docs/scaling.md has the whole lines of spark-submit):%n",
        footer = {
            "  data add --photos /shared/photos --annotations /shared/instances.json -o /shared/data --parts 200",
            "  batch /shared/records.jsonl --model /shared/mige-xl -o /shared/results --parts 200",
            "  eval emu-edit --data /shared/emu_edit_test_set -o /shared/emu-edit --parts 50"
        })
public final class SparkMain implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Runs the command on the cluster that the settings of {@code spark-submit} name. */
    public static void main(String[] args) {
        System.exit(run(writer(System.out), writer(System.err), args));
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    /** Runs one command line and returns its exit code, the highest of its tasks. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new SparkMain())
                .setOut(out)
                .setErr(err)
                .setUnmatchedOptionsArePositionalParams(true)
                .setExecutionExceptionHandler((e, commandLine, parsed) -> {
                    if (!(e instanceof UsageException)) throw e;
                    err.println("mige-spark: " + e.getMessage());
                    return CommandLine.ExitCode.USAGE;
                })
                .execute(args);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}

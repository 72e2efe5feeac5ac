package dev.mige4j.spark;

import dev.mige4j.cli.Main;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Runs command lines of {@code mige} as tasks of Spark, one per task. A task that is lost with its machine runs again
 * on another one; commands take what is finished as it is. A command that fails is not repeated, because it would fail
 * again: its result says why.
 */
final class CommandTasks {

    private CommandTasks() {}

    /** What a command line printed, and its exit code. */
    record Result(int exitCode, String out, String err) implements Serializable {}

    /**
     * Runs all command lines and waits for them.
     *
     * @return the results, in the order of the command lines
     */
    static List<Result> run(JavaSparkContext spark, List<List<String>> commandLines) {
        return spark.parallelize(commandLines, commandLines.size())
                .map(CommandTasks::run)
                .collect();
    }

    private static Result run(List<String> arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        int exitCode =
                Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
        return new Result(exitCode, out.toString(), err.toString());
    }
}

package dev.mige4j.spark;

import dev.mige4j.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;

/** Runs command lines in this process. */
final class CommandLines {

    private CommandLines() {}

    /** A command line of {@code mige-spark}. */
    static CommandTasks.Result migeSpark(Object... arguments) {
        return run(SparkMain::run, arguments);
    }

    /** A command line of {@code mige}. */
    static CommandTasks.Result mige(Object... arguments) {
        return run(Main::run, arguments);
    }

    private interface Program {
        int run(PrintWriter out, PrintWriter err, String... arguments);
    }

    private static CommandTasks.Result run(Program program, Object... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        int exitCode = program.run(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new CommandTasks.Result(exitCode, out.toString(), err.toString());
    }
}

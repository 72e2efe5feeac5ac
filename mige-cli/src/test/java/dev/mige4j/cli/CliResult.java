package dev.mige4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Output and exit code of one command line. */
record CliResult(int exitCode, String out, String err) {

    static CliResult mige(Object... arguments) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        String[] args = new String[arguments.length];
        for (int i = 0; i < arguments.length; i++) args[i] = arguments[i].toString();
        int exitCode = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new CliResult(exitCode, out.toString(), err.toString());
    }

    /** The first line of the error output. */
    String firstErrorLine() {
        return err.lines().findFirst().orElse("");
    }
}

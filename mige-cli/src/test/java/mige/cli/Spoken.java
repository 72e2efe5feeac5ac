package mige.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one command line said and with which code it ended. */
record Spoken(int code, String out, String err) {

    static Spoken mige(Object... words) {
        StringWriter out = new StringWriter(), err = new StringWriter();
        String[] args = new String[words.length];
        for (int i = 0; i < words.length; i++) args[i] = words[i].toString();
        int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Spoken(code, out.toString(), err.toString());
    }

    /** The first line of what went wrong. */
    String complaint() {
        return err.lines().findFirst().orElse("");
    }
}

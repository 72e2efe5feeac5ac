package dev.mige4j.spark;

import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that all jobs share, and how a command is divided. */
final class DivisionOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            required = true,
            description = "Output folder, in a folder that all machines share.")
    private Path output;

    @Option(
            names = "--parts",
            paramLabel = "N",
            required = true,
            description = "Number of tasks; several for each task slot, so that all slots end at about the same time.")
    private int parts;

    @Parameters(paramLabel = "ARGUMENT", description = "All other arguments are those of the mige command.")
    private List<String> arguments = new ArrayList<>();

    /** The output folder. */
    Path output() {
        if (!output.isAbsolute())
            throw new UsageException(
                    "-o is '%s', a relative path, but tasks run in folders of their own; give an absolute path",
                    output);
        return output;
    }

    /** The arguments of the command of {@code mige}. */
    List<String> arguments() {
        return arguments;
    }

    /** Connects to the cluster that the settings of {@code spark-submit} name. */
    JavaSparkContext startSpark() {
        if (parts < 1) throw new UsageException("--parts is %d; expected at least 1", parts);
        output();
        return new JavaSparkContext(SparkSettings.of(new SparkConf()));
    }

    /**
     * Runs all parts of a command and prints what each printed.
     *
     * @param command the name of the command and its fixed arguments
     * @param folder the output folder of a part
     * @return the highest exit code of all parts
     */
    int run(JavaSparkContext spark, List<String> command, Function<Part, Path> folder) {
        List<List<String>> commandLines = parts().stream()
                .map(part -> {
                    List<String> line = new ArrayList<>(command);
                    line.addAll(arguments);
                    line.addAll(List.of("-o", folder.apply(part).toString(), "--part", part.toString()));
                    return line;
                })
                .toList();
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        List<CommandTasks.Result> results = CommandTasks.run(spark, commandLines);
        for (CommandTasks.Result result : results) {
            out.print(result.out());
            err.print(result.err());
        }
        out.flush();
        err.flush();
        return results.stream().mapToInt(CommandTasks.Result::exitCode).max().orElseThrow();
    }

    /** All parts, in order. */
    List<Part> parts() {
        return IntStream.rangeClosed(1, parts).mapToObj(i -> new Part(i, parts)).toList();
    }
}

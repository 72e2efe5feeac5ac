package dev.mige4j.spark;

import dev.mige4j.cli.Main;
import dev.mige4j.common.Part;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code mige eval} of a published benchmark as a job of Spark; the driver joins the parts. */
@Command(
        name = "eval",
        description = "As mige eval BENCHMARK, whose other options it takes, for the benchmarks that have --part. The"
                + " parts are in the folder parts-N of the output folder, the reports of the whole in the folder"
                + " whole. Run again to resume.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SparkEval implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private DivisionOptions options;

    @Override
    public Integer call() {
        try (JavaSparkContext spark = options.startSpark()) {
            int exitCode = options.run(spark, List.of("eval"), this::folder);
            if (exitCode != 0) return exitCode;
        }
        List<String> join = new ArrayList<>(List.of("eval", "join"));
        options.parts().forEach(part -> join.add(folder(part).toString()));
        join.addAll(List.of("-o", options.output().resolve("whole").toString()));
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        return Main.run(out, err, join.toArray(String[]::new));
    }

    /** The output folder of a part. */
    private Path folder(Part part) {
        return options.output().resolve("parts-" + part.count()).resolve(String.valueOf(part.index()));
    }
}

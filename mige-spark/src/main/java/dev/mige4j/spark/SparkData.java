package dev.mige4j.spark;

import dev.mige4j.cli.Main;
import dev.mige4j.common.UsageException;
import dev.mige4j.photos.PhotoTask;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige data add} and {@code replace} as a job of Spark. */
@Command(
        name = "data",
        description = "As mige data add or mige data replace, whose other options it takes. Run again to resume."
                + " Besides the files of one machine, TASK.parquet has all decisions, and there are as many shards as"
                + " parts, or more.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SparkData implements Callable<Integer> {

    private static final long MIB = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shard-size",
            paramLabel = "MB",
            defaultValue = "256",
            description = "Largest size of the tar shards in the folder 'shards'; 0 writes none. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int shardMegabytes;

    @Mixin
    private DivisionOptions options;

    @Override
    public Integer call() {
        PhotoTask task = task();
        try (JavaSparkContext spark = options.startSpark()) {
            int exitCode = options.run(spark, List.of("data"), part -> options.output());
            if (exitCode != 0) return exitCode;
            DividedRecords records = new DividedRecords(spark, options.output(), task, options.parts());
            records.writeParquet();
            if (shardMegabytes > 0) records.writeShards(shardMegabytes * MIB);
            records.writeLists();
        }
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        return Main.run(out, err, "data", "report", options.output().toString());
    }

    private PhotoTask task() {
        return Arrays.stream(PhotoTask.values())
                .filter(task -> options.arguments().stream().findFirst().equals(Optional.of(task.folder())))
                .findAny()
                .orElseThrow(() ->
                        new UsageException("data is followed by %s; expected add or replace", options.arguments()));
    }
}

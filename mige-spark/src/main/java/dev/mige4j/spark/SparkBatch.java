package dev.mige4j.spark;

import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code mige batch} as a job of Spark. */
@Command(
        name = "batch",
        description = "As mige batch, whose other options it takes: an image for each record of a file. Run again to"
                + " resume.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SparkBatch implements Callable<Integer> {

    @Mixin
    private DivisionOptions options;

    @Override
    public Integer call() {
        try (JavaSparkContext spark = options.startSpark()) {
            return options.run(spark, List.of("batch"), part -> options.output());
        }
    }
}

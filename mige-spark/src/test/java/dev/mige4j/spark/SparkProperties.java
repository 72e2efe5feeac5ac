package dev.mige4j.spark;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Properties of the process that {@code spark-submit} would set; closing restores the earlier ones. */
final class SparkProperties implements AutoCloseable {

    private final Map<String, String> earlier = new HashMap<>();

    private SparkProperties(Map<String, String> properties) {
        set(properties);
        set(Map.of(
                "spark.ui.enabled",
                "false",
                "spark.driver.host",
                "localhost",
                "spark.driver.bindAddress",
                "127.0.0.1"));
    }

    /** Two tasks at a time in this process. */
    static SparkProperties local() {
        return new SparkProperties(Map.of("spark.master", "local[2]"));
    }

    /**
     * A cluster of two workers, which start a process each for their tasks.
     *
     * @param home folder for the files of the workers
     */
    static SparkProperties localCluster(Path home) {
        return new SparkProperties(Map.of(
                "spark.master",
                "local-cluster[2,1,512]",
                "spark.executor.memory",
                "512m",
                "spark.executor.extraJavaOptions",
                "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "spark.executor.extraClassPath",
                System.getProperty("java.class.path"),
                // Without an installation of Spark, its own tests start workers in this way.
                "spark.testing",
                "true",
                "spark.test.home",
                home.toString(),
                "spark.executorEnv.SPARK_TESTING",
                "1",
                "spark.executorEnv.SPARK_SCALA_VERSION",
                "2.13"));
    }

    private void set(Map<String, String> properties) {
        properties.forEach((name, value) -> earlier.put(name, System.setProperty(name, value)));
    }

    @Override
    public void close() {
        earlier.forEach((name, value) -> {
            if (value == null) System.clearProperty(name);
            else System.setProperty(name, value);
        });
    }
}

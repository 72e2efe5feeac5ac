package dev.mige4j.spark;

import org.apache.spark.SparkConf;

/** The settings of Spark that the jobs need; those of {@code spark-submit} are kept. */
final class SparkSettings {

    private SparkSettings() {}

    /**
     * Adds the options of Java and the environment that the launcher sets on one machine, with as many threads as a
     * task has processors. Speculative copies of tasks are switched off: both would write the same files.
     */
    static SparkConf of(SparkConf submitted) {
        SparkConf conf = submitted.clone();
        String options = "-Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Dorg.bytedeco.javacpp.maxbytes=0"
                + " -Djava.awt.headless=true -Dmige.threads=" + conf.getInt("spark.task.cpus", 1);
        conf.set(
                "spark.executor.extraJavaOptions",
                (options + " " + conf.get("spark.executor.extraJavaOptions", "")).strip());
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE");
        conf.setIfMissing("spark.executorEnv.THP_MEM_ALLOC_ENABLE", "1");
        conf.setIfMissing("spark.app.name", "mige");
        return conf.set("spark.speculation", "false");
    }
}

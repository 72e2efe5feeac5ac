package dev.mige4j.train.dataset;

import java.util.List;

/**
 * A source of examples for the joint training.
 *
 * <p>To add one: implement {@link #example}; write a record that implements {@link DatasetConfig}, its components
 * annotated with {@link dev.mige4j.train.config.ConfigKey}; name the record in a
 * {@link dev.mige4j.train.config.ComponentProvider} that is registered in {@code META-INF/services}; select it with
 * {@code "data": {"dataset": {"type": NAME}}}. {@link CorpusDataset} is an example; {@link TrainingExample#of} builds
 * an example from a task.
 */
public interface TrainingDataset {

    /** An example, the same for the same index from 0 to {@code size() - 1}. Called from many threads. */
    TrainingExample example(int index);

    /** The number of examples; by default there are as many as are asked for. */
    default int size() {
        return Integer.MAX_VALUE;
    }

    /**
     * A text that differs when the examples do; cached features are valid as long as it and
     * {@link DatasetConfig#cacheKey} are the same.
     */
    default String fingerprint() {
        return "";
    }

    /** Names of groups in the order in which they are sampled; other groups follow as they appear. */
    default List<String> groups() {
        return List.of();
    }

    /** Whether an example is used for training; called for indices after the held-out ones. */
    default boolean isUsedForTraining(int index) {
        return true;
    }
}

package dev.mige4j.train.dataset;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.pipeline.ModelDomain;
import java.util.function.Supplier;

/** The key {@code data.dataset} of a training configuration; {@code "type"} selects the implementation. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface DatasetConfig {

    /** Opens the dataset. Must be cheap: the examples are read only when their features are not cached yet. */
    TrainingDataset open(DatasetContext context);

    /**
     * What the examples show, for the notices of the trained model; by default nothing is known.
     *
     * @param corpus opens the synthetic corpus
     */
    default ModelDomain domain(Supplier<Corpus> corpus) {
        return ModelDomain.UNKNOWN;
    }

    /** Identifies the examples: cached features are valid as long as it is the same. */
    default String cacheKey() {
        return toString();
    }
}

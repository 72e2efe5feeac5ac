package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.config.ConfigKey;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Several datasets one after the other, as PyTorch's {@code ConcatDataset}. The first examples are held out, so the
 * first dataset may be one's own held-out pairs; a last one, such as the corpus, keeps what a model already knows.
 */
public final class ConcatDataset implements TrainingDataset {

    /** Selected with the type {@code concat}. */
    public record Config(
            @ConfigKey("datasets in this order; only the last one may be without end")
            List<DatasetConfig> datasets) implements DatasetConfig {

        public Config {
            datasets = List.copyOf(datasets);
            if (datasets.isEmpty())
                throw new UsageException("A dataset of the type concat has no datasets; name some.");
        }

        @Override
        public TrainingDataset open(DatasetContext context) {
            return new ConcatDataset(
                    datasets.stream().map(dataset -> dataset.open(context)).toList());
        }

        @Override
        public String cacheKey() {
            return datasets.stream().map(DatasetConfig::cacheKey).collect(Collectors.joining(" + "));
        }
    }

    private final List<TrainingDataset> datasets;
    private final int[] ends;

    ConcatDataset(List<TrainingDataset> datasets) {
        this.datasets = List.copyOf(datasets);
        ends = new int[datasets.size()];
        for (int i = 0, end = 0; i < ends.length; i++) {
            if (end == Integer.MAX_VALUE)
                throw new UsageException(
                        "Dataset %d of the type concat follows one that has no end; put that one last.", i + 1);
            end = (int) Math.min(Integer.MAX_VALUE, (long) end + datasets.get(i).size());
            ends[i] = end;
        }
    }

    private int datasetOf(int index) {
        int dataset = 0;
        while (ends[dataset] <= index) dataset++;
        return dataset;
    }

    private int indexWithin(int dataset, int index) {
        return dataset == 0 ? index : index - ends[dataset - 1];
    }

    @Override
    public TrainingExample example(int index) {
        int dataset = datasetOf(index);
        return datasets.get(dataset).example(indexWithin(dataset, index));
    }

    @Override
    public int size() {
        return ends[ends.length - 1];
    }

    @Override
    public String fingerprint() {
        return datasets.stream().map(TrainingDataset::fingerprint).collect(Collectors.joining(" + "));
    }

    @Override
    public List<String> groups() {
        Set<String> groups = new LinkedHashSet<>();
        datasets.forEach(dataset -> groups.addAll(dataset.groups()));
        return List.copyOf(groups);
    }

    @Override
    public boolean isUsedForTraining(int index) {
        int dataset = datasetOf(index);
        return datasets.get(dataset).isUsedForTraining(indexWithin(dataset, index));
    }
}

package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Draws the examples of a batch: first a group, with a probability proportional to its size times its weight, then one
 * of its examples. The draw of a sample depends on (seed, index of the sample) only, and, while the features are still
 * being computed, on how many are there.
 */
public final class ExampleSampler {

    private final TrainingDataset dataset;
    private final FeatureCache cache;
    private final Map<String, Double> weights;
    private final long seed;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private int next; // the first example that is in no group yet

    /** The examples of a group. */
    private static final class Group {
        final double weight;
        int[] examples = new int[16];
        int size;

        Group(double weight) {
            this.weight = weight;
        }

        void add(int example) {
            if (size == examples.length) examples = Arrays.copyOf(examples, 2 * size);
            examples[size++] = example;
        }

        double totalWeight() {
            return size * weight;
        }
    }

    /**
     * @param cache features of the examples; while it grows, the new ones are sampled too
     * @param first the examples before this index are not sampled
     * @param weights factors of groups; 1 for groups that are not named
     * @throws UsageException when a weight names no group, or no example is left to sample
     */
    public ExampleSampler(
            TrainingDataset dataset, FeatureCache cache, int first, Map<String, Double> weights, long seed) {
        this.dataset = dataset;
        this.cache = cache;
        this.weights = weights;
        this.seed = seed;
        next = first;
        dataset.groups().forEach(this::group);
        addNewExamples();
        for (String group : weights.keySet())
            if (!groups.containsKey(group))
                throw new UsageException(
                        "data.groupWeights names the group '%s'; the groups are %s.",
                        group, String.join(", ", groups.keySet()));
        if (!(totalWeight() > 0)) throw new UsageException("No example is left to train on; see data.groupWeights.");
    }

    private Group group(String name) {
        return groups.computeIfAbsent(name, n -> new Group(weights.getOrDefault(n, 1.0)));
    }

    private void addNewExamples() {
        for (int available = cache.available(); next < available; next++)
            if (dataset.isUsedForTraining(next)) group(cache.group(next)).add(next);
    }

    private double totalWeight() {
        return groups.values().stream().mapToDouble(Group::totalWeight).sum();
    }

    /** The examples of samples {@code firstSample} to {@code firstSample + count - 1}. Not thread-safe. */
    public int[] sample(long firstSample, int count) {
        addNewExamples();
        int[] examples = new int[count];
        for (int i = 0; i < count; i++) examples[i] = sample(new Rng(seed, firstSample + i));
        return examples;
    }

    private int sample(Rng rng) {
        double remaining = rng.nextDouble() * totalWeight();
        Group sampled = null;
        for (Group group : groups.values()) {
            if (group.totalWeight() == 0) continue;
            sampled = group;
            if ((remaining -= group.totalWeight()) < 0) break;
        }
        return sampled.examples[rng.nextInt(sampled.size)];
    }
}

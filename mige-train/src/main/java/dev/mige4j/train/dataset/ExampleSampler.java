package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Draws the examples of a batch: first a group, with a probability proportional to its size times its weight, then one
 * of its examples. The draw of a sample depends on (seed, index of the sample) only.
 */
public final class ExampleSampler {

    private final long seed;
    private final int[][] examplesByGroup;
    private final double[] groupWeights;
    private final double totalWeight;

    /**
     * @param cache features of all examples
     * @param count the first {@code count} of them are sampled
     * @param weights factors of groups; 1 for groups that are not named
     * @throws UsageException when a weight names no group, or no example is left to sample
     */
    public ExampleSampler(
            TrainingDataset dataset, FeatureCache cache, int count, Map<String, Double> weights, long seed) {
        this.seed = seed;
        Map<String, List<Integer>> groups = new LinkedHashMap<>();
        dataset.groups().forEach(group -> groups.put(group, new ArrayList<>()));
        for (int i = 0; i < count; i++) {
            List<Integer> group = groups.computeIfAbsent(cache.group(i), g -> new ArrayList<>());
            if (dataset.isUsedForTraining(i)) group.add(i);
        }
        for (String group : weights.keySet())
            if (!groups.containsKey(group))
                throw new UsageException(
                        "data.groupWeights names the group '%s'; the groups are %s.",
                        group, String.join(", ", groups.keySet()));
        examplesByGroup = groups.values().stream()
                .map(group -> group.stream().mapToInt(i -> i).toArray())
                .toArray(int[][]::new);
        groupWeights = groups.entrySet().stream()
                .mapToDouble(g -> g.getValue().size() * weights.getOrDefault(g.getKey(), 1.0))
                .toArray();
        totalWeight = Arrays.stream(groupWeights).sum();
        if (!(totalWeight > 0)) throw new UsageException("No example is left to train on; see data.groupWeights.");
    }

    /** The examples of samples {@code firstSample} to {@code firstSample + count - 1}. */
    public int[] sample(long firstSample, int count) {
        int[] examples = new int[count];
        for (int i = 0; i < count; i++) examples[i] = sample(new Rng(seed, firstSample + i));
        return examples;
    }

    private int sample(Rng rng) {
        double remaining = rng.nextDouble() * totalWeight;
        int group = 0;
        while (group < groupWeights.length - 1 && (remaining -= groupWeights[group]) >= 0) group++;
        while (examplesByGroup[group].length == 0) group--;
        return examplesByGroup[group][rng.nextInt(examplesByGroup[group].length)];
    }
}

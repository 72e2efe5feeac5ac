package dev.mige4j.train.optimizer;

import dev.mige4j.common.NearestName;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Divides the parameters of a training into groups with learning rates of their own and frozen ones. A parameter
 * belongs to the first group that names it; parameters in no group have the schedule's learning rate and the
 * optimizer's decay.
 */
public final class ParameterGroups {

    /** Adjacent elements of the flat tensor with one learning rate and weight decay. */
    record Range(long from, long length, double learningRateFactor, double weightDecay) {}

    private final List<ParameterGroup> groups;

    public ParameterGroups(List<ParameterGroup> groups) {
        this.groups = List.copyOf(groups);
    }

    /**
     * Makes the selected tensors trainable whose group is not frozen.
     *
     * @param namedTensors the model's tensors by key
     * @param trainable selects keys
     * @throws UsageException when a pattern names no tensor, or nothing is left to train
     */
    public FlatParameters flatten(Map<String, Tensor> namedTensors, Predicate<String> trainable) {
        requireMatches(namedTensors.keySet());
        if (!groups.isEmpty() && namedTensors.keySet().stream().noneMatch(key -> trainable.test(key) && !isFrozen(key)))
            throw new UsageException(
                    "trainer.parameterGroups freezes all parameters; leave some with a learningRateFactor above 0.");
        return new FlatParameters(namedTensors, key -> trainable.test(key) && !isFrozen(key));
    }

    private void requireMatches(Collection<String> names) {
        for (ParameterGroup group : groups)
            for (String text : group.parameters()) {
                ParameterPattern pattern = new ParameterPattern(text);
                if (names.stream().noneMatch(pattern::matches))
                    throw new UsageException(
                            "trainer.parameterGroups: no parameter is named '%s'; the nearest name is '%s'.",
                            text, NearestName.find(text, names));
            }
    }

    /** Whether the parameter belongs to a frozen group. */
    public boolean isFrozen(String name) {
        return groupOf(name).map(ParameterGroup::isFrozen).orElse(false);
    }

    private Optional<ParameterGroup> groupOf(String name) {
        return groups.stream().filter(group -> group.contains(name)).findFirst();
    }

    /** The flat tensor as ranges of equal learning rate and weight decay, as few as possible, in order. */
    List<Range> ranges(FlatParameters parameters, double defaultWeightDecay) {
        List<Range> ranges = new ArrayList<>();
        for (FlatParameters.Slice slice : parameters.slices()) {
            Optional<ParameterGroup> group = groupOf(slice.name());
            double factor = group.map(ParameterGroup::learningRateFactor).orElse(1.0),
                    decay = group.map(ParameterGroup::weightDecay).orElse(defaultWeightDecay);
            Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null && last.learningRateFactor() == factor && last.weightDecay() == decay)
                ranges.set(ranges.size() - 1, new Range(last.from(), last.length() + slice.count(), factor, decay));
            else ranges.add(new Range(slice.offset(), slice.count(), factor, decay));
        }
        return ranges;
    }
}

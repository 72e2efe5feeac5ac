package dev.mige4j.train.optimizer;

import dev.mige4j.common.UsageException;
import dev.mige4j.train.config.ConfigKey;
import java.util.List;

/**
 * Parameters with a learning rate and a weight decay of their own, or frozen ones; as the parameter groups of PyTorch.
 */
public record ParameterGroup(
        @ConfigKey("names of parameters, as 'mige weights' lists them; * stands for any characters, {0..5} for a number"
                + " from 0 to 5: blocks.{0..5}.*")
        List<String> parameters,

        @ConfigKey(
                value = "factor of the schedule's learning rate; 0: frozen, which also saves the memory of the"
                        + " optimizer",
                defaultValue = "1")
        double learningRateFactor,

        @ConfigKey(value = "weight decay; null: that of the optimizer", defaultValue = "null")
        Double weightDecay) {

    public ParameterGroup {
        UsageException.requireNonNull(parameters, "trainer.parameterGroups.parameters");
        parameters = List.copyOf(parameters);
        if (parameters.isEmpty())
            throw new UsageException(
                    "trainer.parameterGroups has a group without parameters; name some, such as \"blocks.{0..5}.*\".");
        parameters.forEach(ParameterPattern::new); // checks them
        if (!(learningRateFactor >= 0 && Double.isFinite(learningRateFactor))
                || (weightDecay != null && !(weightDecay >= 0)))
            throw new UsageException(
                    "trainer.parameterGroups: the group of %s has learningRateFactor %s and weightDecay %s, expected"
                            + " numbers of at least 0.",
                    String.join(", ", parameters), learningRateFactor, weightDecay);
    }

    /** Whether the parameters stay as they are. */
    public boolean isFrozen() {
        return learningRateFactor == 0;
    }

    boolean contains(String name) {
        return parameters.stream().anyMatch(pattern -> new ParameterPattern(pattern).matches(name));
    }
}

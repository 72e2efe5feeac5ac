package dev.mige4j.eval;

import dev.mige4j.common.UsageException;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import java.nio.file.Path;
import java.util.List;

/**
 * The models, the seed and the output of an {@link Evaluation}.
 *
 * @param models the models, in the order of the tables; at least one
 * @param seed added to the seed that is derived from each sample's id
 * @param outputFolder where scores, outputs and reports are written; created when it is missing
 * @param reportSamplesPerSuite samples of each suite whose images the HTML report shows
 */
public record EvaluationPlan(List<ModelUnderTest> models, long seed, Path outputFolder, int reportSamplesPerSuite) {

    public EvaluationPlan {
        models = List.copyOf(models);
        if (models.isEmpty()) throw new UsageException("There is no model to evaluate.");
        if (reportSamplesPerSuite < 0)
            throw new UsageException("reportSamplesPerSuite is %d, expected 0 or more", reportSamplesPerSuite);
    }
}

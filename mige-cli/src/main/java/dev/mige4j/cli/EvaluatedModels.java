package dev.mige4j.cli;

import dev.mige4j.pipeline.Mige;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option {@code --model} of {@code mige eval}, which may be given several times: the models to evaluate. */
final class EvaluatedModels {

    @Option(
            names = {"-m", "--model"},
            paramLabel = "[NAME=]MODEL",
            description = "A model folder or 'embedded', and its name in the report; may be given several times."
                    + " Default: embedded.")
    private List<String> arguments = List.of();

    @Option(names = "--skip-memory-check", description = "Start even if a model needs more memory than there is.")
    private boolean skipMemoryCheck;

    boolean isGiven() {
        return !arguments.isEmpty();
    }

    /** Opens the models by the names of their rows, the embedded one when none is given; the caller closes them. */
    Map<String, Mige> open(PrintWriter err, boolean quiet) {
        Map<String, Mige> models = new LinkedHashMap<>();
        try {
            RowArgument.byName("--model", isGiven() ? arguments : List.of("embedded"))
                    .forEach((name, model) ->
                            models.put(name, ModelOption.open(model.value(), skipMemoryCheck, err, quiet)));
            return models;
        } catch (RuntimeException e) {
            models.values().forEach(Mige::close);
            throw e;
        }
    }
}

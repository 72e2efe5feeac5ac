package dev.mige4j.cli;

import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            converter = LoraArgument.LoraArgumentConverter.class,
            description = "A LoRA file: each model is evaluated with it, too, in a row of its own. May be given several"
                    + " times; they add up.")
    private List<LoraArgument> loraArguments = List.of();

    boolean isGiven() {
        return !arguments.isEmpty();
    }

    /**
     * Opens the models by the names of their rows, the embedded one when none is given, each followed by the same with
     * {@code --lora}; the caller closes them.
     */
    Map<String, Mige> open(PrintWriter err, boolean quiet) {
        List<Lora> loras = loraArguments.stream().map(LoraArgument::read).toList();
        Map<String, Mige> models = new LinkedHashMap<>();
        try {
            RowArgument.byName("--model", isGiven() ? arguments : List.of("embedded"))
                    .forEach((name, model) -> {
                        Mige mige = ModelOption.open(model.value(), skipMemoryCheck, err, quiet);
                        models.put(name, mige);
                        if (!loras.isEmpty()) models.put(name + suffix(loras), mige.withLoras(loras));
                    });
            return models;
        } catch (RuntimeException e) {
            models.values().forEach(Mige::close);
            throw e;
        }
    }

    /** Such as {@code +my-mug} and {@code +my-mug:0.8}. */
    private static String suffix(List<Lora> loras) {
        return loras.stream()
                .map(lora ->
                        "+" + lora.name() + (lora.scale() == 1 ? "" : ":" + ReplayCommand.formatNumber(lora.scale())))
                .collect(Collectors.joining());
    }
}

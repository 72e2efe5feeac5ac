package dev.mige4j.cli;

import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import java.util.List;
import picocli.CommandLine.Option;

/** The option {@code --lora}: LoRA adapters that are applied to the model. */
final class LoraOption {

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            converter = LoraArgument.LoraArgumentConverter.class,
            description = "A LoRA file, which mige teach writes, to apply to the model, and how strongly: 0 is the"
                    + " model without it. May be given several times; they add up. Default of SCALE: 1.")
    private List<LoraArgument> arguments = List.of();

    boolean isGiven() {
        return !arguments.isEmpty();
    }

    /** The adapters, in order. */
    List<Lora> read() {
        return arguments.stream().map(LoraArgument::read).toList();
    }

    /** The model with the adapters, which the caller closes, too; the model itself if there are none. */
    Mige applyTo(Mige mige) {
        return isGiven() ? mige.withLoras(read()) : mige;
    }

    /** Appends the option, as it was given. */
    ReplayCommand appendTo(ReplayCommand command) {
        ReplayCommand result = command;
        for (LoraArgument argument : arguments) result = result.with("--lora", argument.toArgument());
        return result;
    }
}

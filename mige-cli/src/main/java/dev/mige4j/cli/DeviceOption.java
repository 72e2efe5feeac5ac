package dev.mige4j.cli;

import dev.mige4j.common.DeviceException;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Engine;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** The option {@code --device}, for every command that computes. */
final class DeviceOption {

    private static final String NAME = "--device";

    @Option(
            names = NAME,
            paramLabel = "DEVICE",
            defaultValue = "${sys:mige.device:-cpu}",
            description = "Where to compute: cpu, cuda (the first NVIDIA GPU) or cuda:N. Default: ${DEFAULT-VALUE}.")
    @SuppressWarnings("UnusedVariable") // read from the parse result, before the command runs
    private String device;

    /**
     * Runs the parsed command. Before, its numbers are checked and its device is selected, and a GPU is checked, so
     * that its absence is reported before any work is done.
     */
    static int execute(ParseResult parseResult) {
        CommandLine command = parseResult
                .asCommandLineList()
                .get(parseResult.asCommandLineList().size() - 1);
        OptionValues.requireInRange(command);
        OptionSpec option = command.getCommandSpec().findOption(NAME);
        if (option != null && !command.isUsageHelpRequested()) select(command, option.getValue());
        return new RunLast().execute(parseResult);
    }

    private static void select(CommandLine command, String device) {
        try {
            Engine.setDevice(device);
            if (!device.equals("cpu")) Engine.instance();
        } catch (UsageException e) {
            throw new ParameterException(command, e.getMessage(), e);
        } catch (DeviceException e) {
            throw new ExecutionException(command, e.getMessage(), e);
        }
    }
}

package dev.mige4j.cli;

import dev.mige4j.common.NearestName;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line. */
final class ParameterErrors {

    private final List<String> arguments;

    /** @param arguments the command line */
    ParameterErrors(String... arguments) {
        this.arguments = Arrays.asList(arguments);
    }

    /** One sentence without a full stop. */
    String describe(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched)
            return describeUnmatched(
                    unmatched.getUnmatched().get(0), e.getCommandLine().getCommandSpec());
        if (e instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) return describeMissing(missing.getMissing());
        if (e instanceof OverwrittenOptionException overwritten)
            return name(overwritten.getOverwritten()) + " is given twice; give it once";
        if (e.getArgSpec() == null || e.getValue() == null) {
            CommandSpec command = e.getCommandLine().getCommandSpec();
            return command.subcommands().isEmpty()
                    ? Main.singleLine(e)
                    : command.qualifiedName() + " needs a command: "
                            + OptionValues.choice(command.subcommands().keySet());
        }
        return name(e.getArgSpec()) + (e.getValue().isEmpty() ? " is empty" : " is '" + e.getValue() + "'")
                + ", expected " + OptionValues.expected(e.getArgSpec(), e.getValue());
    }

    /** The name of an option as it was given, or that of a parameter. */
    private String name(ArgSpec spec) {
        return spec instanceof OptionSpec option
                ? Stream.of(option.names()).filter(this::isGiven).findFirst().orElse(option.longestName())
                : spec.paramLabel();
    }

    private boolean isGiven(String optionName) {
        return arguments.stream()
                .anyMatch(argument -> argument.equals(optionName) || argument.startsWith(optionName + "="));
    }

    private String describeMissing(List<ArgSpec> missing) {
        ArgSpec first = missing.get(0);
        if (first instanceof OptionSpec && isGiven(name(first)))
            return name(first) + " needs a value: " + name(first) + " " + first.paramLabel();
        return missing.stream()
                        .map(spec -> spec instanceof OptionSpec ? name(spec) + " " + spec.paramLabel() : name(spec))
                        .collect(Collectors.joining(" and "))
                + (missing.size() == 1 ? " is missing" : " are missing");
    }

    private static String describeUnmatched(String argument, CommandSpec command) {
        if (command.name().equals("edit") && (argument.equals("-i") || argument.equals("--image")))
            return "mige edit has one image; use mige compose for an edit with reference images";
        if (argument.startsWith("-")) {
            List<String> names = command.options().stream()
                    .filter(option -> !option.hidden())
                    .flatMap(option -> Stream.of(option.names()))
                    .toList();
            String name = argument.replaceFirst("=.*", "");
            if (names.contains(name)) return "'" + name + "' stands after --, which ends the options; put it before";
            return "there is no option '" + argument + "'" + suggestion(name, names);
        }
        if (!command.subcommands().isEmpty())
            return "there is no command '" + argument + "'"
                    + suggestion(argument, command.subcommands().keySet());
        boolean hasInstruction = command.positionalParameters().stream()
                .map(PositionalParamSpec::paramLabel)
                .anyMatch("INSTRUCTION"::equals);
        return "'" + argument + "' is an unexpected argument"
                + (hasInstruction ? "; put the instruction into quotes" : "");
    }

    /** The name of which the given one is a misspelling or the beginning. */
    private static String suggestion(String name, Collection<String> names) {
        return NearestName.findWithin(name, names, Math.max(1, name.length() / 3))
                .or(() -> names.stream()
                        .filter(candidate -> name.length() > 2 && candidate.startsWith(name))
                        .findFirst())
                .map(similar -> ", did you mean " + similar + "?")
                .orElse("");
    }
}

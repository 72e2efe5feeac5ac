package dev.mige4j.train.optimizer;

import dev.mige4j.common.UsageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A pattern for names of parameters: {@code *} stands for any characters, {@code {0..5}} for a number from 0 to 5,
 * everything else for itself.
 */
final class ParameterPattern {

    private static final Pattern WILDCARD = Pattern.compile("\\*|\\{(\\d{1,4})\\.\\.(\\d{1,4})}");

    private final Pattern regex;

    /** @throws UsageException when a range is not as {@code {0..5}} */
    ParameterPattern(String text) {
        StringBuilder expression = new StringBuilder();
        Matcher wildcard = WILDCARD.matcher(text);
        int end = 0;
        while (wildcard.find()) {
            expression.append(literal(text.substring(end, wildcard.start()), text));
            expression.append(
                    wildcard.group(1) == null
                            ? ".*"
                            : range(Integer.parseInt(wildcard.group(1)), Integer.parseInt(wildcard.group(2)), text));
            end = wildcard.end();
        }
        regex = Pattern.compile(
                expression.append(literal(text.substring(end), text)).toString());
    }

    private static String literal(String part, String text) {
        if (part.indexOf('{') >= 0 || part.indexOf('}') >= 0) throw invalidRange(text);
        return Pattern.quote(part);
    }

    private static String range(int from, int to, String text) {
        if (from > to) throw invalidRange(text);
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).collect(Collectors.joining("|", "(?:", ")"));
    }

    private static UsageException invalidRange(String text) {
        return new UsageException(
                "trainer.parameterGroups: '%s' has a range that is not as in blocks.{0..5}.*, from the lower to the"
                        + " higher number.",
                text);
    }

    boolean matches(String name) {
        return regex.matcher(name).matches();
    }
}

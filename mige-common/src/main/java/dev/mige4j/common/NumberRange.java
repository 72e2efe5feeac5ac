package dev.mige4j.common;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * The numbers that a setting accepts. Reads them as people and JSON write them: 20, 1e3 and 20.0 are whole numbers, and
 * 7,5 is refused with a hint.
 *
 * @param min smallest number
 * @param max largest number
 * @param whole whether only whole numbers are accepted
 */
public record NumberRange(BigDecimal min, BigDecimal max, boolean whole) {

    private static final int MAX_LENGTH = 100;

    /** The whole numbers from {@code min} to {@code max}. */
    public static NumberRange whole(long min, long max) {
        return new NumberRange(BigDecimal.valueOf(min), BigDecimal.valueOf(max), true);
    }

    /** All numbers from {@code min} to {@code max}. */
    public static NumberRange decimal(double min, double max) {
        return new NumberRange(BigDecimal.valueOf(min), BigDecimal.valueOf(max), false);
    }

    /** The number in a text; empty if it is none, or not in this range. */
    public Optional<BigDecimal> parse(String text) {
        return number(text)
                .filter(number -> number.compareTo(min) >= 0 && number.compareTo(max) <= 0)
                .filter(number -> !whole || number.stripTrailingZeros().scale() <= 0);
    }

    private static Optional<BigDecimal> number(String text) {
        if (text.length() > MAX_LENGTH) return Optional.empty(); // the time of parsing grows with the square
        try {
            return Optional.of(new BigDecimal(text.strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** What is accepted instead of a text, such as {@code a whole number from 2 to 1000}. */
    public String expected(String text) {
        String withPoint = text.strip().replace(',', '.');
        boolean hasComma = !whole && text.contains(",") && parse(withPoint).isPresent();
        return (whole ? "a whole number" : "a number")
                + limits(text)
                + (hasComma ? " with a decimal point: " + withPoint : "");
    }

    /** Limits that are only those of the type are left out, unless the number in the text exceeds them. */
    private String limits(String text) {
        BigDecimal typeLimit = BigDecimal.valueOf(Integer.MAX_VALUE);
        boolean hasMin = min.negate().compareTo(typeLimit) < 0, hasMax = max.compareTo(typeLimit) < 0;
        boolean exceeded = number(text)
                .filter(number -> number.compareTo(max) > 0 || (!hasMin && number.compareTo(min) < 0))
                .isPresent();
        if (hasMax || exceeded) return " from " + format(min) + " to " + format(max);
        return hasMin ? " of at least " + format(min) : "";
    }

    private static String format(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }
}

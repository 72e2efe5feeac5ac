package dev.mige4j.task;

import dev.mige4j.common.UsageException;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The spellings of image placeholders that people and other programs write. */
public final class Placeholders {

    /**
     * {@code <image>}, with {@code img} or {@code imagehere}, a number or a name, any case, spaces, full-width. All
     * quantifiers are possessive or bounded, so the time is linear in the length of a text.
     */
    private static final Pattern UNDERSTOOD = Pattern.compile(
            "[<\uff1c]\\s{0,9}+(?:image\\s{0,9}+here|image|img)\\s{0,9}+"
                    + "(?:[:\uff1a]([^<>\uff1c\uff1e]*+)|[#_-]?+\\s{0,9}+(\\d{1,3}+)\\s{0,9}+)?+[>\uff1e]",
            Pattern.CASE_INSENSITIVE);
    /** Other brackets may be meant literally, and HTML has been escaped once too often. */
    private static final Pattern REFUSED = Pattern.compile(
            "(?:\\[|(?<!\\{)\\{{1,9}+|&lt;)\\s{0,9}+(?:image\\s{0,9}+here|image|img)\\s{0,9}+[:#_-]?+\\s{0,9}+"
                    + "[\\p{L}\\p{N}]{0,99}+\\s{0,9}+(?:]|}{1,9}+|&gt;)",
            Pattern.CASE_INSENSITIVE);

    private Placeholders() {}

    /**
     * The text with every placeholder written as {@code <image>}, or as {@code <image:NAME>} with a name or a number.
     *
     * @throws UsageException when a text in other brackets looks like a placeholder
     */
    public static String normalize(String text) {
        UsageException.requireNonNull(text, "text");
        Matcher refused = REFUSED.matcher(text);
        if (refused.find())
            throw new UsageException(
                    "The instruction has '%s'; write <image>, <image:NAME> or <image1> for an image.", refused.group());
        return UNDERSTOOD.matcher(text).replaceAll(match -> Matcher.quoteReplacement(normalized(match)));
    }

    private static String normalized(MatchResult match) {
        String name = match.group(1) != null ? match.group(1) : match.group(2);
        return name == null ? "<image>" : "<image:" + name.strip() + ">";
    }
}

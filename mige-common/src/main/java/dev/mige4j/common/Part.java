package dev.mige4j.common;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the parts into which work is divided among processes or machines: every {@code count}-th item, from the
 * {@code index}-th on.
 *
 * @param index from 1
 * @param count number of parts
 */
public record Part(int index, int count) {

    /** Work that is not divided. */
    public static final Part ALL = new Part(1, 1);

    private static final Pattern FORMAT = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

    public Part {
        if (index < 1 || index > count)
            throw new UsageException(
                    "There is no part %d of %d; the parts are 1/%3$d to %3$d/%3$d.", index, count, Math.max(1, count));
    }

    /**
     * Parses a part such as {@code 2/5}.
     *
     * @throws UsageException when it is not one
     */
    @JsonCreator
    public static Part parse(String text) {
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches())
            throw new UsageException("'%s' is no part; expected one such as 2/5, the second of five.", text);
        return new Part(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /**
     * Whether an item belongs to this part.
     *
     * @param position of the item among all, from 0
     */
    public boolean contains(int position) {
        return position % count == index - 1;
    }

    /** {@code 2/5}. */
    @Override
    @JsonValue
    public String toString() {
        return index + "/" + count;
    }
}

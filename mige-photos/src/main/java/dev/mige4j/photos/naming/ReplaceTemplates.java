package dev.mige4j.photos.naming;

import dev.mige4j.common.UsageException;
import java.util.Locale;

/**
 * Writes the instruction that replaces an object of the source by another, in the rule form of the paper's data:
 * "replace the rose in {@code <imagehere>} with {@code <imagehere>}". The first placeholder is the source, the second
 * the new object.
 */
public final class ReplaceTemplates {

    private ReplaceTemplates() {}

    /**
     * The instruction.
     *
     * @param object what is replaced, such as "rose"
     * @throws UsageException when it is not one to five words
     */
    public static String instruction(String object) {
        String name = ObjectNames.normalize(object)
                .orElseThrow(() -> new UsageException(
                        "'%s' is no name of an object to replace; expected one to five words.", object));
        return String.format(Locale.ROOT, "replace the %s in <imagehere> with <imagehere>", name);
    }
}

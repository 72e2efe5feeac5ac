package dev.mige4j.weights;

import java.util.List;
import java.util.Map;

/**
 * What became of a checkpoint: which of its tensors the model took, which it lacked, and which nobody asked for.
 *
 * @param used keys the model asked for and got, in the order of asking
 * @param remapped keys that were found under another name or in another shape: key to what was done
 * @param missing keys the model needs and the checkpoint does not have, or has in another shape: key to a sentence.
 *     Asking for one throws, so this is filled by {@link Checkpoint#compare} alone
 * @param unexpected names in the files that the model did not ask for, with the reason where it is known
 */
public record LoadReport(
        List<String> used, Map<String, String> remapped, Map<String, String> missing, Map<String, String> unexpected) {

    /** One line: {@code 946 used, 4 mended, 0 missing, 12 unread}. */
    public String summary() {
        return used.size() + " used, " + remapped.size() + " mended, " + missing.size() + " missing, "
                + unexpected.size() + " unread";
    }
}

package dev.mige4j.weights;

import dev.mige4j.common.WeightsException;
import java.util.List;
import java.util.Map;

/**
 * Result of loading a checkpoint, as PyTorch's {@code load_state_dict} returns it.
 *
 * @param used keys that were loaded, in order
 * @param remapped keys that were found under another name or in another shape, with a description
 * @param missing keys that the checkpoint lacks or has in another shape, with a message. Loading one throws, so only
 *     {@link Checkpoint#compare} fills this
 * @param unexpected names in the files that the model does not use, with the reason if known
 * @param notes sentences about choices between parts of a file
 */
public record LoadReport(
        List<String> used,
        Map<String, String> remapped,
        Map<String, String> missing,
        Map<String, String> unexpected,
        List<String> notes) {

    /**
     * This report, of a model of which nothing is missing.
     *
     * @throws WeightsException with the first missing key and the number of others
     */
    public LoadReport requireComplete() {
        if (missing.isEmpty()) return this;
        String first = missing.values().iterator().next();
        int more = missing.size() - 1;
        throw new WeightsException(
                first + (more > 0 ? " (and " + more + " more are missing or have another shape)" : ""));
    }

    /** One line: {@code 946 used, 4 remapped, 0 missing, 12 unexpected}. */
    public String summary() {
        return used.size() + " used, " + remapped.size() + " remapped, " + missing.size() + " missing, "
                + unexpected.size() + " unexpected";
    }
}

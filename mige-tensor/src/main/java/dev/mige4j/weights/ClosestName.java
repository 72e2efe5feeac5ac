package dev.mige4j.weights;

import dev.mige4j.common.NearestName;
import java.util.Collection;

/** Finds the name that a missing name was probably meant to be: the one with the fewest letters changed. */
final class ClosestName {

    private ClosestName() {}

    /** The sentence for a tensor that a file does not have. */
    static String missingInFile(String file, String missing, Collection<String> names) {
        return missingMessage(file, missing, names) + " Run `mige weights FILE`.";
    }

    /** The sentence for a tensor that is missing somewhere. */
    static String missingMessage(String where, String missing, Collection<String> names) {
        String closest = NearestName.find(missing, names);
        String hint = closest == null
                ? "there are no tensors at all"
                : "the nearest name is '" + TensorFile.sanitize(closest) + "'";
        return where + ": no tensor '" + TensorFile.sanitize(missing) + "'; " + hint + ".";
    }
}

package dev.mige4j.weights;

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
        String closest = find(missing, names);
        String hint = closest == null
                ? "there are no tensors at all"
                : "the nearest name is '" + TensorFile.sanitize(closest) + "'";
        return where + ": no tensor '" + TensorFile.sanitize(missing) + "'; " + hint + ".";
    }

    /** The name nearest to {@code missing}, or null when there are none; the first of equally near ones. */
    static String find(String missing, Collection<String> names) {
        String closest = null;
        int bestDistance = Integer.MAX_VALUE;
        for (String name : names) {
            if (name.length() > 4096 || Math.abs(name.length() - missing.length()) >= bestDistance) continue;
            int distance = distance(missing, name, bestDistance);
            if (distance < bestDistance) {
                bestDistance = distance;
                closest = name;
            }
        }
        return closest != null || names.isEmpty() ? closest : names.iterator().next();
    }

    /** Levenshtein distance, or {@code enough} when it is at least that. */
    private static int distance(String a, String b, int limit) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0], rowMinimum = row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(
                        Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
                rowMinimum = Math.min(rowMinimum, row[j]);
            }
            if (rowMinimum >= limit) return limit;
        }
        return row[b.length()];
    }
}

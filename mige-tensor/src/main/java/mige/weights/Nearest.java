package mige.weights;

import java.util.Collection;

/** Finds the name that a missing name was probably meant to be: the one with the fewest letters changed. */
final class Nearest {

    private Nearest() { }

    /** The sentence for a tensor that a file does not have. */
    static String inFile(String file, String missing, Collection<String> names) {
        return sentence(file, missing, names) + " Run `mige weights FILE`.";
    }

    /** The sentence for a tensor that is missing somewhere. */
    static String sentence(String where, String missing, Collection<String> names) {
        String nearest = to(missing, names);
        String hint = nearest == null ? "there are no tensors at all" : "the nearest name is '" + TensorFile.shown(nearest) + "'";
        return where + ": no tensor '" + TensorFile.shown(missing) + "'; " + hint + ".";
    }

    /** The name nearest to {@code missing}, or null when there are none; the first of equally near ones. */
    static String to(String missing, Collection<String> names) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String name : names) {
            if (name.length() > 4096 || Math.abs(name.length() - missing.length()) >= least) continue;
            int distance = distance(missing, name, least);
            if (distance < least) {
                least = distance;
                best = name;
            }
        }
        return best != null || names.isEmpty() ? best : names.iterator().next();
    }

    /** Levenshtein distance, or {@code enough} when it is at least that. */
    private static int distance(String a, String b, int enough) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0], least = row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
                diagonal = above;
                least = Math.min(least, row[j]);
            }
            if (least >= enough) return enough;
        }
        return row[b.length()];
    }
}

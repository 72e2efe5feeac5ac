package dev.mige4j.common;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that a misspelt name probably means: the one at the smallest edit distance. */
public final class NearestName {

    /** Longer names are not compared, since the time grows with the square of the length. */
    private static final int MAX_LENGTH = 4096;

    private NearestName() {}

    /** The name nearest to {@code name}, the first of equally near ones; null when there are no names. */
    public static String find(String name, Collection<String> names) {
        String nearest = null;
        int smallest = Integer.MAX_VALUE;
        for (String candidate : names) {
            if (candidate.length() > MAX_LENGTH || Math.abs(candidate.length() - name.length()) >= smallest) continue;
            int distance = levenshtein(name, candidate, smallest);
            if (distance < smallest) {
                smallest = distance;
                nearest = candidate;
            }
        }
        return nearest != null || names.isEmpty() ? nearest : names.iterator().next();
    }

    /** The nearest name of a Levenshtein distance of at most {@code maxDistance}, the first of equally near ones. */
    public static Optional<String> findWithin(String name, Collection<String> names, int maxDistance) {
        return Optional.ofNullable(find(name, names))
                .filter(nearest -> levenshtein(name, nearest, maxDistance + 1) <= maxDistance);
    }

    /** The Levenshtein distance, or {@code limit} when it is at least that. */
    private static int levenshtein(String a, String b, int limit) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) row[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0], rowMinimum = i;
            row[0] = i;
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

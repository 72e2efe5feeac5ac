package mige.encoder;

import mige.tensor.UsageException;

/** Checks the numbers of a configuration, which may come from a file that somebody wrote. */
final class Sizes {

    private Sizes() {}

    static void positive(String of, int... sizes) {
        for (int size : sizes) if (size < 1) throw new UsageException("A size of the %s is %d, expected at least 1.", of, size);
    }

    static void divides(String of, String part, int parts, String whole, int size) {
        if (size % parts != 0) throw new UsageException("The %s has %s %d, which is no multiple of %s %d.", of, whole, size, part, parts);
    }
}

package dev.mige4j.encoder;

import dev.mige4j.common.UsageException;

/** Validates the sizes of a configuration, which may come from a file. */
final class ConfigChecks {

    private ConfigChecks() {}

    static void requirePositive(String component, int... sizes) {
        for (int size : sizes)
            if (size < 1) throw new UsageException("A size of the %s is %d; it must be at least 1.", component, size);
    }

    static void requireDivides(String component, String divisorName, int divisor, String sizeName, int size) {
        if (size % divisor != 0)
            throw new UsageException(
                    "The %s has %s %d, which is not a multiple of %s %d.",
                    component, sizeName, size, divisorName, divisor);
    }
}

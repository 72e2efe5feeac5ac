package dev.mige4j.common;

import java.util.Locale;

/** Formats byte counts in decimal units. */
public final class ByteSize {

    private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB", "EB"};

    private ByteSize() {}

    /** {@code 1500000000} as {@code 1.5 GB}. */
    public static String format(long bytes) {
        if (bytes < 1000) return bytes + " bytes";
        double value = bytes / 1000.0;
        int unit = 0;
        while (value >= 999.95) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}

package dev.mige4j.common;

import java.util.Locale;

/** Another process of a group that computes together is gone; the message is a single sentence with what to do. */
public final class PeerLostException extends RuntimeException {

    /** The message, formatted with {@link String#format}. */
    public PeerLostException(String format, Object... args) {
        super(String.format(Locale.ROOT, format, args));
    }
}

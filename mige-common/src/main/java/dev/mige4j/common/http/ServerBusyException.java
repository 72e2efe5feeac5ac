package dev.mige4j.common.http;

import java.io.IOException;
import java.time.Duration;

/** A server asks for a pause before the next request. */
final class ServerBusyException extends IOException {
    private static final long serialVersionUID = 1;

    private final Duration pause;

    ServerBusyException(String message, Duration pause) {
        super(message);
        this.pause = pause;
    }

    Duration pause() {
        return pause;
    }
}

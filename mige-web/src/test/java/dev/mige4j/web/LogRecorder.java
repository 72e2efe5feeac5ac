package dev.mige4j.web;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Captures the server's log messages while it is open, instead of printing them. */
final class LogRecorder extends Handler {

    private final Logger logger = Logger.getLogger(Server.class.getPackageName());
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    LogRecorder() {
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    List<String> messages() {
        return records.stream().map(LogRecord::getMessage).toList();
    }

    /** The logged exceptions. */
    List<Throwable> exceptions() {
        return records.stream()
                .filter(record -> record.getThrown() != null)
                .map(LogRecord::getThrown)
                .toList();
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}

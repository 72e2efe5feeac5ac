package dev.mige4j.photos.naming;

/** An answer of a chat model that does not have its form. The message completes "the answer ...". */
final class AnswerException extends Exception {

    /** @param cause may be null */
    AnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}

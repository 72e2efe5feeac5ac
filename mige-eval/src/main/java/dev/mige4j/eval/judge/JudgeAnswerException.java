package dev.mige4j.eval.judge;

/** An answer of the judge that has no scores. The message completes "the judge's answer ...". */
final class JudgeAnswerException extends Exception {

    /** @param cause may be null */
    JudgeAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}

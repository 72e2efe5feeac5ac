package dev.mige4j.eval.judge;

/** The judge could not be asked, or did not answer. The message is part of a sentence: "the judge ... ". */
public final class JudgeUnavailableException extends RuntimeException {

    JudgeUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

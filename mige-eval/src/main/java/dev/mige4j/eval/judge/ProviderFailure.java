package dev.mige4j.eval.judge;

import dev.langchain4j.exception.HttpException;

/** What a provider of a chat model says when a request fails. */
public final class ProviderFailure {

    private static final int MAX_LENGTH = 160;

    private ProviderFailure() {}

    /** The beginning of what the provider says, which may be a whole HTML page, or else its HTTP status. */
    public static String reason(Throwable e) {
        String text = String.valueOf(e.getMessage())
                .replaceAll("[\\s\\p{Cc}]+", " ")
                .strip()
                .replaceFirst("^(\\w+\\.)+[A-Z]\\w*: ", ""); // the class of the cause
        if (e.getMessage() == null || text.isEmpty()) text = describeType(e);
        return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
    }

    private static String describeType(Throwable e) {
        if (e instanceof HttpException http) return "HTTP status " + http.statusCode();
        return e.getCause() instanceof HttpException http
                ? describeType(http)
                : e.getClass().getSimpleName();
    }
}

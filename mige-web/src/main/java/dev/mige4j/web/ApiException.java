package dev.mige4j.web;

import java.util.Locale;

/** A request that gets no picture: the status and the body of the answer, in the shape of OpenAI's API. */
final class ApiException extends RuntimeException {

    /** {@code {"error": {...}}}, as the official clients read it. */
    record ErrorBody(ErrorDetail error) {
        record ErrorDetail(String message, String type, String param, String code) {}
    }

    final int status;
    final String param, code;
    /** Seconds after which to ask again, 0 for none. */
    final int retryAfterSeconds;

    private ApiException(int status, String code, String param, int retryAfterSeconds, String message) {
        super(message, null, false, false); // an answer, not a fault of ours: no trace
        this.status = status;
        this.code = code;
        this.param = param;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    static ApiException of(int status, String code, String format, Object... args) {
        return forParam(null, status, code, format, args);
    }

    /** The same, naming the field that is to blame. */
    static ApiException forParam(String param, int status, String code, String format, Object... args) {
        return new ApiException(status, code, param, 0, formatMessage(format, args));
    }

    static ApiException tooManyRequests(int retryAfterSeconds, String format, Object... args) {
        return new ApiException(429, "rate_limit_exceeded", null, retryAfterSeconds, formatMessage(format, args));
    }

    static ApiException shuttingDown() {
        return new ApiException(
                503, "server_stopping", null, 5, "The server is stopping. Send the request again in a moment.");
    }

    static ApiException internalError(String requestId) {
        return of(
                500,
                "internal_error",
                "The server failed at this request (%s); the reason stands in its log. Other requests go on.",
                requestId);
    }

    ErrorBody body() {
        return new ErrorBody(new ErrorBody.ErrorDetail(getMessage(), type(), param, code));
    }

    private String type() {
        if (status == 401) return "authentication_error";
        if (status == 429) return "rate_limit_error";
        return status >= 500 ? "server_error" : "invalid_request_error";
    }

    private static String formatMessage(String format, Object... args) {
        return args.length == 0 ? format : String.format(Locale.ROOT, format, args);
    }
}

package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;

/** An error response in the format of OpenAI's API: HTTP status, message, parameter and error code. */
final class ApiException extends RuntimeException {

    /** The response body {@code {"error": {...}}}. */
    record ErrorBody(ErrorDetail error) {

        @JsonInclude(JsonInclude.Include.NON_NULL)
        record ErrorDetail(String message, String type, String param, String code) {}
    }

    final int status;
    final String param;
    final String code;
    /** Value of the {@code Retry-After} header; 0 for none. */
    final int retryAfterSeconds;

    private ApiException(int status, String code, String param, int retryAfterSeconds, String message) {
        super(message, null, false, false); // part of normal request handling, so no stack trace
        this.status = status;
        this.code = code;
        this.param = param;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    static ApiException of(int status, String code, String format, Object... args) {
        return forParam(null, status, code, format, args);
    }

    /** Like {@link #of}, and names the invalid request parameter. */
    static ApiException forParam(String param, int status, String code, String format, Object... args) {
        return new ApiException(status, code, param, 0, formatMessage(format, args));
    }

    static ApiException tooManyRequests(int retryAfterSeconds, String format, Object... args) {
        return new ApiException(429, "rate_limit_exceeded", null, retryAfterSeconds, formatMessage(format, args));
    }

    static ApiException shuttingDown() {
        return new ApiException(
                503,
                "server_stopping",
                null,
                5,
                "The server is shutting down. Send the request again in five seconds.");
    }

    static ApiException internalError(String requestId) {
        return of(500, "internal_error", "Internal server error (%s). See the server log for details.", requestId);
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

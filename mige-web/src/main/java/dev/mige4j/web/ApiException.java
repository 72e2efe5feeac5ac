package dev.mige4j.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.mige4j.common.ByteSize;
import dev.mige4j.common.DeviceException;
import dev.mige4j.common.HeapFullException;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.WeightsException;
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

    /** For a client that has disconnected; nobody reads the response, but the log has its status, as nginx's. */
    static ApiException clientGone() {
        return of(499, "client_closed_request", "The client has closed the connection.");
    }

    /** Status 503 with {@code Retry-After}, for what may succeed later. */
    private static ApiException unavailable(String code, String format, Object... args) {
        return new ApiException(503, code, null, 10, formatMessage(format, args));
    }

    static ApiException shuttingDown() {
        return new ApiException(
                503,
                "server_stopping",
                null,
                5,
                "The server is shutting down. Send the request again in five seconds.");
    }

    /**
     * The response to anything that a request threw. Messages that are meant for users are passed on, all others stay
     * in the log.
     *
     * @param id of the request or the job, for the log
     */
    static ApiException of(Throwable e, String id) {
        if (e instanceof ApiException response) return response;
        if (e instanceof HeapFullException) return unavailable("out_of_memory", "%s", e.getMessage());
        if (e instanceof UsageException) return of(400, "invalid_value", "%s", e.getMessage());
        if (e instanceof WeightsException) return of(500, "invalid_weights", "%s", e.getMessage());
        if (e instanceof DeviceException) return of(500, "device_failed", "%s", e.getMessage());
        if (e instanceof OutOfMemoryError)
            return unavailable(
                    "out_of_memory",
                    "The Java heap of the server, %s, had no room for this request (%s). Send it again in ten seconds;"
                            + " if that does not help, send smaller or fewer images, or start the server with a larger"
                            + " heap: MIGE_HEAP=4g mige serve.",
                    ByteSize.format(Runtime.getRuntime().maxMemory()),
                    id);
        return of(500, "internal_error", "Internal server error (%s). See the server log for details.", id);
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

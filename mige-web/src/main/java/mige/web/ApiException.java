package mige.web;

import java.util.Locale;

/** A request that gets no picture: the status and the body of the answer, in the shape of OpenAI's API. */
final class ApiException extends RuntimeException {

    /** {@code {"error": {...}}}, as the official clients read it. */
    record Body(Detail error) {
        record Detail(String message, String type, String param, String code) {}
    }

    final int status;
    final String param, code;
    /** Seconds after which to ask again, 0 for none. */
    final int retryAfter;

    private ApiException(int status, String code, String param, int retryAfter, String message) {
        super(message, null, false, false);       // an answer, not a fault of ours: no trace
        this.status = status;
        this.code = code;
        this.param = param;
        this.retryAfter = retryAfter;
    }

    static ApiException of(int status, String code, String format, Object... args) {
        return about(null, status, code, format, args);
    }

    /** The same, naming the field that is to blame. */
    static ApiException about(String param, int status, String code, String format, Object... args) {
        return new ApiException(status, code, param, 0, text(format, args));
    }

    static ApiException busy(int retryAfter, String format, Object... args) {
        return new ApiException(429, "rate_limit_exceeded", null, retryAfter, text(format, args));
    }

    static ApiException stopping() {
        return new ApiException(503, "server_stopping", null, 5, "The server is stopping. Send the request again in a moment.");
    }

    static ApiException internal(String request) {
        return of(500, "internal_error", "The server failed at this request (%s); the reason stands in its log. Other requests go on.", request);
    }

    Body body() {
        return new Body(new Body.Detail(getMessage(), type(), param, code));
    }

    private String type() {
        if (status == 401) return "authentication_error";
        if (status == 429) return "rate_limit_error";
        return status >= 500 ? "server_error" : "invalid_request_error";
    }

    private static String text(String format, Object... args) {
        return args.length == 0 ? format : String.format(Locale.ROOT, format, args);
    }
}

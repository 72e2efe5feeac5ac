package dev.mige4j.web;

import dev.mige4j.common.Json;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Error responses for requests that Jetty rejects before Javalin handles them (oversized headers, invalid HTTP), in the
 * same JSON format as all other errors and without internal details.
 */
final class JsonErrorHandler extends ErrorHandler {

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        ResponseHeaders.DEFAULTS.forEach(response.getHeaders()::put);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        Content.Sink.write(response, true, errorBody(code, cause), callback);
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    private static String errorBody(int status, Throwable cause) {
        String reason = cause instanceof HttpException http && http.getReason() != null
                ? " (" + RequestBody.sanitize(http.getReason()) + ")"
                : "";
        var error = ApiException.of(
                status, "request_rejected", "The request was rejected: %s%s.", HttpStatus.getMessage(status), reason);
        return Json.write(error.body());
    }
}

package dev.mige4j.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What Jetty answers by itself (headers too long, not HTTP): the same shape as all errors, and nothing of its insides.
 */
final class JsonErrorHandler extends ErrorHandler {

    private final ObjectMapper objectMapper;

    JsonErrorHandler(ObjectMapper objectMapper) {
        this.objectMapper = objectMapper;
    }

    @Override
    protected void generateResponse(
            Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, errorBody(code), callback);
    }

    private ByteBuffer errorBody(int status) {
        var error = ApiException.of(status, "refused", "The request was refused: %s.", HttpStatus.getMessage(status));
        try {
            return ByteBuffer.wrap(objectMapper.writeValueAsBytes(error.body()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an error is plain data", e);
        }
    }
}

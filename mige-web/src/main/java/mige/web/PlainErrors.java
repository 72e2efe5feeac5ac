package mige.web;

import java.nio.ByteBuffer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty answers by itself (headers too long, not HTTP): the same shape as all errors, and nothing of its insides. */
final class PlainErrors extends ErrorHandler {

    private final ObjectMapper json;

    PlainErrors(ObjectMapper json) {
        this.json = json;
    }

    @Override protected void generateResponse(Request request, Response response, int code, String message, Throwable cause, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, body(code), callback);
    }

    private ByteBuffer body(int status) {
        var answer = ApiException.of(status, "refused", "The request was refused: %s.", HttpStatus.getMessage(status));
        try {
            return ByteBuffer.wrap(json.writeValueAsBytes(answer.body()));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an error is plain data", e);
        }
    }
}

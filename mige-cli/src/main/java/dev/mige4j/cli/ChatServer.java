package dev.mige4j.cli;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.mige4j.common.UsageException;
import java.net.URI;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Opens models behind OpenAI's chat API. */
final class ChatServer {

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    /** Would print the stack trace of each failed request. A field, because a logger without one loses its level. */
    private final Logger clientLogger = Logger.getLogger("dev.langchain4j");

    /**
     * A model, which answers with temperature 0.
     *
     * @param option that gave the URL, for the message
     * @param key of the server; null or blank if it needs none
     * @param retries how often a request that fails for a while is sent again
     * @throws UsageException when the URL is not one
     */
    ChatModel open(String option, String url, String model, String key, int retries) {
        if (!isHttp(url))
            throw new UsageException("%s is '%s', expected a URL such as http://127.0.0.1:8000/v1", option, url);
        if (System.getProperty("java.util.logging.config.file") == null) clientLogger.setLevel(Level.OFF);
        return OpenAiChatModel.builder()
                .baseUrl(url)
                .apiKey(key == null || key.isBlank() ? null : key.strip())
                .modelName(model)
                .temperature(0.0)
                .timeout(TIMEOUT)
                .maxRetries(retries)
                .build();
    }

    private static boolean isHttp(String url) {
        try {
            URI uri = URI.create(url);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

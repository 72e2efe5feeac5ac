package dev.mige4j.cli;

import dev.langchain4j.model.chat.ChatModel;
import dev.mige4j.common.UsageException;
import dev.mige4j.common.UserFolders;
import dev.mige4j.photos.cutout.CutOut;
import dev.mige4j.photos.naming.AddTemplates;
import dev.mige4j.photos.naming.CategoryNamer;
import dev.mige4j.photos.naming.ChatBudget;
import dev.mige4j.photos.naming.ChatInstructions;
import dev.mige4j.photos.naming.ChatNamer;
import dev.mige4j.photos.naming.NamedObject;
import dev.mige4j.photos.naming.SchemaChat;
import dev.mige4j.photos.stage.PhotoStage;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of names and instructions: categories and templates, or a vision-language model. */
final class NamingOptions {

    private static final String KEY_VARIABLE = "MIGE_CHAT_KEY";
    private static final long DEFAULT_REQUESTS = 1000;

    private final ChatServer chatServer = new ChatServer();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Random seed of the wording. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--chat-url",
            paramLabel = "URL",
            description = "Let a vision-language model check that objects are complete, name them and write the"
                    + " instructions: the base URL of a server with OpenAI's chat API, such as"
                    + " http://127.0.0.1:11434/v1 of Ollama. Cut-outs and photographs are sent to this server and to no"
                    + " other. The environment variable " + KEY_VARIABLE
                    + " has the key, if it needs one. Default: categories and templates, and nothing is sent.")
    private String url;

    @Option(names = "--chat-model", paramLabel = "NAME", description = "The name of the model on that server.")
    private String model;

    @Option(
            names = "--chat-requests",
            paramLabel = "N",
            description = "Stop after that many requests to the model. Default: " + DEFAULT_REQUESTS + ".")
    @Range(min = 1)
    private Long requests;

    @Option(
            names = "--chat-cache",
            paramLabel = "FOLDER",
            description = "Folder of the answers, so that no question is asked twice. Default: ~/.cache/mige/answers.")
    private Path cache;

    /**
     * The stages that need words.
     *
     * @param name names an object
     * @param instruction asks for it
     */
    record Naming(PhotoStage<CutOut, NamedObject> name, PhotoStage<NamedObject, String> instruction) {}

    /** The stages for names and instructions; adds to the settings what they depend on. */
    Naming naming(Map<String, String> settings) {
        if (url == null && model == null && requests == null && cache == null) {
            settings.put("names", "categories");
            settings.put("instructions", "templates, seed " + seed);
            return new Naming(new CategoryNamer(), new AddTemplates(seed));
        }
        if (url == null || model == null)
            throw new UsageException(
                    "%s is missing; a vision-language model needs --chat-url and --chat-model",
                    url == null ? "--chat-url" : "--chat-model");
        settings.put("names", "model " + model);
        settings.put("instructions", "model " + model);
        Path answers = cache == null ? UserFolders.current().cache().resolve("mige/answers") : cache;
        ChatBudget budget = new ChatBudget(requests == null ? DEFAULT_REQUESTS : requests, Long.MAX_VALUE);
        ChatModel server = chatServer.open("--chat-url", url, model, System.getenv(KEY_VARIABLE), 0);
        SchemaChat chat = new SchemaChat(server, model, answers, budget); // sends requests again, and counts them
        return new Naming(new ChatNamer(chat), new ChatInstructions(chat));
    }
}

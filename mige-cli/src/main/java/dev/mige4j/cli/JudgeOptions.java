package dev.mige4j.cli;

import dev.langchain4j.model.chat.ChatModel;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.judge.ImageJudge;
import dev.mige4j.eval.judge.JudgeProtocol;
import dev.mige4j.eval.judge.JudgeQueue;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of the vision-language model that judges outputs; without them none is asked. */
final class JudgeOptions {

    private static final String KEY_VARIABLE = "MIGE_JUDGE_KEY";
    private static final int DEFAULT_REQUESTS = 4, RETRIES = 2;

    private final ChatServer chatServer = new ChatServer();

    @Option(
            names = "--judge-url",
            paramLabel = "URL",
            description = "Let a vision-language model score the outputs: the base URL of a server with OpenAI's chat"
                    + " API, such as http://127.0.0.1:8000/v1. Instructions, images and outputs are sent to this server"
                    + " and to no other. The environment variable " + KEY_VARIABLE
                    + " has the key, if it needs one. Default: no judge, and nothing is sent.")
    private String url;

    @Option(names = "--judge-model", paramLabel = "NAME", description = "The name of the judging model on that server.")
    private String model;

    @Option(
            names = "--judge-protocol",
            paramLabel = "PROTOCOL",
            description = "Whose criteria are used: ${COMPLETION-CANDIDATES}. Default: GEDIT.")
    private JudgeProtocol protocol;

    @Option(
            names = "--judge-requests",
            paramLabel = "N",
            description = "Requests to the judge at a time. Default: " + DEFAULT_REQUESTS + ".")
    @Range(min = 1, max = 64)
    private Integer requests;

    /**
     * The judge; empty when none is given.
     *
     * @param environment the variables of the process
     */
    Optional<JudgeQueue> judge(Map<String, String> environment) {
        if (url == null && model == null && protocol == null && requests == null) return Optional.empty();
        if (url == null || model == null)
            throw new UsageException(
                    "%s is missing; a judge needs --judge-url and --judge-model",
                    url == null ? "--judge-url" : "--judge-model");
        ChatModel chatModel = chatServer.open("--judge-url", url, model, environment.get(KEY_VARIABLE), RETRIES);
        return Optional.of(new JudgeQueue(
                new ImageJudge(chatModel, model, protocol == null ? JudgeProtocol.GEDIT : protocol),
                requests == null ? DEFAULT_REQUESTS : requests));
    }
}

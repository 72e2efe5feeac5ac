package dev.mige4j.eval.judge;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/** A chat model that gives prepared answers in turn, the last one again and again; an exception is thrown. */
public final class ScriptedChatModel implements ChatModel {

    private final Queue<Object> answers;
    private final List<ChatRequest> requests = new ArrayList<>();

    /** @param answers texts and runtime exceptions */
    public ScriptedChatModel(Object... answers) {
        this.answers = new ArrayDeque<>(Arrays.asList(answers));
    }

    /** What it was asked. */
    public synchronized List<ChatRequest> requests() {
        return List.copyOf(requests);
    }

    @Override
    public synchronized ChatResponse doChat(ChatRequest request) {
        requests.add(request);
        Object answer = answers.size() > 1 ? answers.remove() : answers.element();
        if (answer instanceof RuntimeException failure) throw failure;
        return ChatResponse.builder().aiMessage(AiMessage.from((String) answer)).build();
    }
}

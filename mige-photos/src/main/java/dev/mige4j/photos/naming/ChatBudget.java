package dev.mige4j.photos.naming;

import dev.langchain4j.model.output.TokenUsage;
import dev.mige4j.common.UsageException;
import java.util.concurrent.atomic.AtomicLong;

/** How much a run may ask a chat model. Answers from the cache cost nothing. Safe for use by several threads. */
public final class ChatBudget {

    private final long maxRequests, maxTokens;
    private final AtomicLong requests = new AtomicLong(), tokens = new AtomicLong();

    /**
     * @param maxRequests requests to the provider, repeated ones included; {@link Long#MAX_VALUE} for any number
     * @param maxTokens tokens of questions and answers, as the provider counts them; the requests that are under way
     *     when they are used up may exceed it
     * @throws UsageException when one is negative
     */
    public ChatBudget(long maxRequests, long maxTokens) {
        if (maxRequests < 0 || maxTokens < 0)
            throw new UsageException(
                    "The budget is %d requests and %d tokens, expected 0 or more of both.", maxRequests, maxTokens);
        this.maxRequests = maxRequests;
        this.maxTokens = maxTokens;
    }

    /** Requests so far. */
    public long requests() {
        return requests.get();
    }

    /** Tokens so far, as far as the provider has counted them. */
    public long tokens() {
        return tokens.get();
    }

    /** Counts a request that is about to be sent. */
    void spendRequest() {
        if (tokens.get() >= maxTokens) throw usedUp(maxTokens, "token");
        if (requests.getAndUpdate(n -> Math.min(n + 1, maxRequests)) >= maxRequests)
            throw usedUp(maxRequests, "request");
    }

    /** @param usage of an answer; null, or with nulls, when the provider does not count */
    void addTokens(TokenUsage usage) {
        if (usage != null && usage.totalTokenCount() != null) tokens.addAndGet(usage.totalTokenCount());
    }

    private static UsageException usedUp(long max, String unit) {
        return new UsageException(
                "The budget of %d %s%s for the chat model is used up. Its answers are kept; run the same command again"
                        + " with a budget for the rest.",
                max, unit, max == 1 ? "" : "s");
    }
}

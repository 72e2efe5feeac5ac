package dev.mige4j.train.dataset;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.text.Caption;
import dev.mige4j.text.PromptTemplates;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.clip.ClipModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Builds the vocabulary of a small model from the instructions and captions of the corpus. */
public final class VocabularyBuilder {

    /** Prompt prefixes of a small model: one word each, where the published model has a sentence. */
    public static final PromptTemplates PROMPTS = new PromptTemplates("create: ", "edit: ", "compose: ");

    private VocabularyBuilder() {}

    /** The vocabulary file of a folder, or a new one if there is none. */
    public static byte[] readOrBuild(Path folder, Supplier<byte[]> builder) {
        Path file = folder.resolve(ClipModel.VOCABULARY_FILE);
        try {
            return Files.exists(file) ? Files.readAllBytes(file) : builder.get();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A SentencePiece model file of at most {@code vocabularySize} tokens from {@code examples} examples of a corpus.
     */
    public static byte[] build(Corpus corpus, PromptTemplates prompts, int examples, int vocabularySize) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < examples; i++) {
            ExampleSpec item = corpus.exampleSpec(i % 8 == 7 ? Split.UNSEEN_SUBJECT : Split.TRAIN, 5, i);
            texts.add(promptPrefix(prompts, item.kind())
                    + Caption.cleanKeepingPlaceholders(item.instruction()).text());
            texts.add(Caption.clean(item.targetCaption()).text());
        }
        return TokenizerBuilder.build(texts, vocabularySize);
    }

    public static String promptPrefix(PromptTemplates prompts, TaskKind kind) {
        return switch (kind.task()) {
            case "subject" -> prompts.subject();
            case "edit" -> prompts.edit();
            default -> prompts.subjectEdit();
        };
    }
}

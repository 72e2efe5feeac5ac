package mige.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import mige.data.Corpus;
import mige.data.Item;
import mige.data.Kind;
import mige.data.Split;
import mige.text.Caption;
import mige.text.Prompts;
import mige.text.TokenizerBuilder;

/** The words of a small model: made from instructions and captions as it will read them. */
final class Vocabulary {

    /** The prefixes of the small model: a word each, where the published one says a sentence. */
    static final Prompts PROMPTS = new Prompts("create: ", "edit: ", "compose: ");

    private Vocabulary() {}

    /** The vocabulary that a folder holds, or else the given one. */
    static byte[] kept(Path folder, Supplier<byte[]> fresh) {
        Path file = folder.resolve(ContrastivePair.VOCABULARY);
        try {
            return Files.exists(file) ? Files.readAllBytes(file) : fresh.get();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A SentencePiece model file of at most {@code size} pieces from {@code items} examples of a corpus. */
    static byte[] of(Corpus corpus, Prompts prompts, int items, int size) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            Item item = corpus.item(i % 8 == 7 ? Split.UNSEEN_SUBJECT : Split.TRAIN, 5, i);
            texts.add(prefix(prompts, item.kind()) + Caption.cleanKeepingMarks(item.text()).text());
            texts.add(Caption.clean(item.targetCaption()).text());
        }
        return TokenizerBuilder.build(texts, size);
    }

    static String prefix(Prompts prompts, Kind kind) {
        return switch (kind.task()) {
            case "subject" -> prompts.subject();
            case "edit" -> prompts.edit();
            default -> prompts.subjectEdit();
        };
    }
}

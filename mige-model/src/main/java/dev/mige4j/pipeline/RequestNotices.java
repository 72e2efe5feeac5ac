package dev.mige4j.pipeline;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.image.PhotographClassifier;
import dev.mige4j.task.Task;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.text.TrainingWords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Remarks for the user about a request, known before any work: what the model does not know, and what did not fit. */
final class RequestNotices {

    static final String PHOTOGRAPH =
            "An image looks like a photograph; the model knows drawings only, and photographs come out blurred.";

    static final String WORDS_ALONE =
            "The prompt has no image; the model was trained to show given images and draws little from words alone.";

    private static final int MAX_LISTED_WORDS = 5, MAX_WORD_LENGTH = 30;

    private RequestNotices() {}

    /** @param settings resolved */
    static List<String> of(Task task, Settings settings, Prompt prompt, ModelComponents components) {
        List<String> notices = new ArrayList<>(prompt.notices());
        notices.addAll(settings.region().orElseThrow().notices());
        task.source()
                .flatMap(source -> ofMaskSize(settings.region().orElseThrow(), source))
                .ifPresent(notices::add);
        settings.size()
                .ifPresent(size -> notices.add(
                        ofSize(size, task, settings, components.config().imageSize())));
        ModelDomain domain = components.domain();
        LoraAdapters adapters = components.adapters();
        String text = task.instruction().text();
        unknownWords(text, domain.words(), components.tokenizer(), adapters.triggerWords())
                .ifPresent(notices::add);
        notices.addAll(adapters.notices(text));
        if (task.source().filter(Image::hasAlpha).isPresent()) ofAlpha(settings).ifPresent(notices::add);
        if (domain.drawings() && showsPhotograph(task, components.config().imageSize())) notices.add(PHOTOGRAPH);
        ofWordsAlone(task, domain, adapters.triggerWords()).ifPresent(notices::add);
        return notices;
    }

    private static Optional<String> ofMaskSize(Region region, Image source) {
        if (!(region instanceof Region.Mask mask)) return Optional.empty();
        int width = mask.mask().width(), height = mask.mask().height();
        return width == source.width() && height == source.height()
                ? Optional.empty()
                : Optional.of("The mask has %d x %d pixels and is scaled to the %d x %d of the source."
                        .formatted(width, height, source.width(), source.height()));
    }

    /** What becomes of the transparency of a source. */
    private static Optional<String> ofAlpha(Settings settings) {
        Region region = settings.region().orElseThrow();
        String result;
        if (settings.faithful()) result = "the result is opaque: the reference's programs return opaque images";
        else if (region == Region.EVERYWHERE)
            result = "the result is opaque: the edit may change every pixel; a mask, or the mask \"auto\", keeps"
                    + " transparency elsewhere";
        else if (region == Region.AUTO) result = "its transparent part stays as it is; give a mask to edit there";
        else return Optional.empty();
        return Optional.of("The source is partly transparent, and " + result + ".");
    }

    /** How a result comes to the size that was asked. */
    private static String ofSize(ImageSize size, Task task, Settings settings, int imageSize) {
        Optional<Image> source = settings.faithful() ? Optional.empty() : task.source();
        int width = source.map(Image::width).orElse(imageSize),
                height = source.map(Image::height).orElse(imageSize);
        String crop = size.describeCrop(width, height);
        boolean scaled = Math.max((double) size.width() / width, (double) size.height() / height) != 1;
        return "%s %d x %d pixels; the result is %s to %d x %d%s."
                .formatted(
                        source.isPresent() ? "The source has" : "The model generates",
                        width,
                        height,
                        scaled || crop.isEmpty() ? "scaled" : "cropped",
                        size.width(),
                        size.height(),
                        crop.isEmpty() ? "" : (scaled ? " and cropped at the " : " at the ") + crop);
    }

    /** @param taught words that LoRAs were taught, in lower case, for which a prompt needs no image */
    static Optional<String> ofWordsAlone(Task task, ModelDomain domain, Set<String> taught) {
        boolean words = task.source().isEmpty() && task.instruction().images().isEmpty();
        boolean namesTaught = TrainingWords.split(task.instruction().text()).stream()
                .anyMatch(word -> taught.contains(word.toLowerCase(Locale.ROOT)));
        return domain.drawings() && words && !namesTaught ? Optional.of(WORDS_ALONE) : Optional.empty();
    }

    private static boolean showsPhotograph(Task task, int imageSize) {
        return Stream.concat(task.source().stream(), task.instruction().images().stream())
                .anyMatch(image -> PhotographClassifier.isPhotograph(image, imageSize));
    }

    static Optional<String> unknownWords(String instruction, TrainingWords known, Tokenizer tokenizer) {
        return unknownWords(instruction, known, tokenizer, Set.of());
    }

    /**
     * The sentence about words that training did not have, or, where those are not known, about unknown pieces.
     *
     * @param taught words that LoRAs were taught, in lower case
     */
    private static Optional<String> unknownWords(
            String instruction, TrainingWords known, Tokenizer tokenizer, Set<String> taught) {
        boolean listed = !known.words().isEmpty();
        Predicate<String> unknown = listed
                ? word -> !known.contains(word)
                : word -> IntStream.of(tokenizer.encode(word)).anyMatch(id -> id == tokenizer.unkId());
        Map<String, String> words = new LinkedHashMap<>(); // as written, by their lower case
        for (String word : TrainingWords.split(instruction))
            if (unknown.test(word) && !taught.contains(word.toLowerCase(Locale.ROOT)))
                words.putIfAbsent(word.toLowerCase(Locale.ROOT), word);
        if (words.isEmpty()) return Optional.empty();
        List<String> nearest = words.keySet().stream()
                .flatMap(word -> known.nearest(word).stream())
                .distinct()
                .toList();
        String remedy = !nearest.isEmpty()
                ? "did you mean " + join(nearest) + "?"
                : listed ? "it knows English words such as " + join(known.examples()) + "." : "use English words.";
        return Optional.of("The model does not know " + join(List.copyOf(words.values())) + "; " + remedy);
    }

    /** {@code "a", "b" and "c"}; the first words when there are many. */
    private static String join(List<String> words) {
        List<String> quoted = new ArrayList<>(words.stream()
                .limit(MAX_LISTED_WORDS)
                .map(word ->
                        '"' + (word.length() > MAX_WORD_LENGTH ? word.substring(0, MAX_WORD_LENGTH) + "…" : word) + '"')
                .toList());
        if (words.size() > MAX_LISTED_WORDS) quoted.add((words.size() - MAX_LISTED_WORDS) + " more");
        if (quoted.size() == 1) return quoted.get(0);
        int last = quoted.size() - 1;
        return String.join(", ", quoted.subList(0, last)) + " and " + quoted.get(last);
    }
}

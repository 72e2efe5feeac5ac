package dev.mige4j.train.dataset;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.Example;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.image.Image;
import dev.mige4j.text.Caption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/** An {@link ImageCache} with captions, one a line in a text file beside it. */
public final class CaptionedImageCache implements AutoCloseable {

    /** An image and its caption. */
    public record CaptionedImage(Image image, String caption) {}

    private final ImageCache images;
    private final List<String> captions;

    private CaptionedImageCache(ImageCache images, List<String> captions) {
        this.images = images;
        this.captions = captions;
    }

    public static CaptionedImageCache open(
            Path file, int size, int count, IntFunction<List<CaptionedImage>> render, ProgressListener listener) {
        Path captionFile = file.resolveSibling(file.getFileName() + ".txt");
        try {
            if (!Files.exists(captionFile)) {
                Files.deleteIfExists(file);
                Map<Integer, List<String>> captionsByExample = new ConcurrentHashMap<>();
                ImageCache.open(
                                file,
                                size,
                                count,
                                i -> {
                                    List<CaptionedImage> examples = render.apply(i);
                                    captionsByExample.put(
                                            i,
                                            examples.stream()
                                                    .map(CaptionedImage::caption)
                                                    .toList());
                                    return examples.stream()
                                            .map(CaptionedImage::image)
                                            .toList();
                                },
                                listener)
                        .close();
                List<String> lines = new ArrayList<>();
                for (int i = 0; lines.size() < count; i++) lines.addAll(captionsByExample.get(i));
                AtomicFile.write(captionFile, String.join("\n", lines.subList(0, count)) + "\n");
            }
            return new CaptionedImageCache(
                    ImageCache.open(file, size, count, i -> List.of(), listener), Files.readAllLines(captionFile));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ImageCache images() {
        return images;
    }

    public String caption(int i) {
        return captions.get(i);
    }

    /** Target, source and single-object references of the i-th example of a corpus, with captions. */
    public static List<CaptionedImage> fromCorpus(Corpus corpus, Split split, long seed, int i) {
        Example example = corpus.example(split, seed, i);
        List<CaptionedImage> captioned = new ArrayList<>(
                List.of(captioned(example.target(), example.spec().targetCaption())));
        example.source()
                .ifPresent(
                        source -> captioned.add(captioned(source, example.spec().sourceCaption())));
        for (int r = 0; r < example.references().size(); r++) {
            ReferenceSpec reference = example.spec().references().get(r);
            if (reference.object() != null && reference.scene() == null)
                captioned.add(captioned(
                        example.references().get(r), describe(reference.object()) + " on " + reference.presentation()));
        }
        return captioned;
    }

    private static CaptionedImage captioned(Image image, String caption) {
        return new CaptionedImage(image, Caption.clean(caption).text());
    }

    /** The attributes that distinguish sprites: colour, texture, name, shifted hue, and icon set. */
    private static String describe(ObjectSpec object) {
        return (object.color() == null ? "" : object.color() + " ")
                + (object.texture() == null ? "" : object.texture() + " ") + object.concept()
                + (object.hueShift() == 0 ? "" : " hue " + object.hueShift()) + " drawn by "
                + object.iconSet().replace('-', ' ');
    }

    @Override
    public void close() {
        images.close();
    }
}

package mige.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import mige.data.Corpus;
import mige.data.Example;
import mige.data.ObjectSpec;
import mige.data.Reference;
import mige.data.Split;
import mige.image.Picture;
import mige.text.Caption;

/** A {@link PicturePool} with what each picture shows, in words; the words lie beside the pictures, a line each. */
final class CaptionedPool implements AutoCloseable {

    /** A picture and what it shows. */
    record Shown(Picture picture, String caption) {}

    private final PicturePool pictures;
    private final List<String> captions;

    private CaptionedPool(PicturePool pictures, List<String> captions) {
        this.pictures = pictures;
        this.captions = captions;
    }

    static CaptionedPool open(Path file, int size, int count, IntFunction<List<Shown>> render, Watch watch) {
        Path words = file.resolveSibling(file.getFileName() + ".txt");
        try {
            if (!Files.exists(words)) {
                Files.deleteIfExists(file);
                Map<Integer, List<String>> said = new ConcurrentHashMap<>();
                PicturePool.open(file, size, count, i -> {
                    List<Shown> shown = render.apply(i);
                    said.put(i, shown.stream().map(Shown::caption).toList());
                    return shown.stream().map(Shown::picture).toList();
                }, watch).close();
                List<String> lines = new ArrayList<>();
                for (int i = 0; lines.size() < count; i++) lines.addAll(said.get(i));
                Path part = words.resolveSibling(words.getFileName() + ".part");
                Files.write(part, lines.subList(0, count));
                Files.move(part, words, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            return new CaptionedPool(PicturePool.open(file, size, count, i -> List.of(), watch), Files.readAllLines(words));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    PicturePool pictures() {
        return pictures;
    }

    String caption(int i) {
        return captions.get(i);
    }

    /** Target, source and lone references of the i-th example, each with its caption. */
    static List<Shown> of(Corpus corpus, Split split, long seed, int i) {
        Example example = corpus.example(split, seed, i);
        List<Shown> shown = new ArrayList<>(List.of(shown(example.target(), example.item().targetCaption())));
        example.source().ifPresent(source -> shown.add(shown(source, example.item().sourceCaption())));
        for (int r = 0; r < example.references().size(); r++) {
            Reference reference = example.item().references().get(r);
            if (reference.object() != null && reference.scene() == null)
                shown.add(shown(example.references().get(r), look(reference.object()) + " on " + reference.how()));
        }
        return shown;
    }

    private static Shown shown(Picture picture, String caption) {
        return new Shown(picture, Caption.clean(caption).text());
    }

    /** All that tells one drawing from another: look, name, turned hue, and who drew it. */
    private static String look(ObjectSpec o) {
        return (o.color() == null ? "" : o.color() + " ") + (o.texture() == null ? "" : o.texture() + " ") + o.concept()
                + (o.hue() == 0 ? "" : " hue " + o.hue()) + " drawn by " + o.set().replace('-', ' ');
    }

    @Override
    public void close() {
        pictures.close();
    }
}

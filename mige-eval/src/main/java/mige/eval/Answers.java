package mige.eval;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import mige.image.Picture;
import mige.image.PictureFile;

/**
 * The pictures that models made, kept as PNG files, so that they can be looked at and need not be made again when only the
 * evaluation pair or a metric changes. What made each, and in how many seconds, stands in the file.
 */
final class Answers {

    private static final String MADE_BY = "mige-eval", SECONDS = "mige-eval-seconds";

    private final Path folder;

    Answers(Path folder) {
        this.folder = folder;
    }

    record Kept(Picture picture, double seconds) {}

    Path file(String row, String question, int turn) {
        return folder.resolve(row.replaceAll("[^A-Za-z0-9._-]", "_")).resolve(question + (turn == 0 ? "" : "-turn" + (turn + 1)) + ".png");
    }

    /** The picture that was made in this way, if it is there and whole. */
    Optional<Kept> find(String row, String madeBy, String question, int turn) {
        Path file = file(row, question, turn);
        if (!Files.exists(file)) return Optional.empty();
        Map<String, String> texts = PictureFile.texts(file);
        if (!madeBy.equals(texts.get(MADE_BY))) return Optional.empty();
        return Optional.of(new Kept(Picture.read(file), Double.parseDouble(texts.getOrDefault(SECONDS, "NaN"))));
    }

    void keep(String row, String madeBy, String question, int turn, Kept answer) {
        Path file = file(row, question, turn);
        try {
            Files.createDirectories(file.getParent());
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        answer.picture.write(file, Map.of(MADE_BY, madeBy, SECONDS, Double.toString(answer.seconds)));
    }
}

package mige.eval;

import static mige.tensor.Scope.scoped;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import mige.image.Picture;
import mige.tensor.Tensor;
import mige.train.ContrastivePair;

/**
 * The pair that {@code mige train clip} made for measuring: another seed than the tower that models look through, and all
 * concepts.
 */
public final class EvaluationPair implements Embedder {

    private static final int BATCH = 32;

    private final ContrastivePair pair;
    private final String name;

    private EvaluationPair(ContrastivePair pair, String name) {
        this.pair = pair;
        this.name = name;
    }

    /** The pair in a folder; its name is the beginning of the SHA-256 of its weights. */
    public static EvaluationPair open(Path folder) {
        ContrastivePair pair = ContrastivePair.open(folder);
        return new EvaluationPair(pair, hash(folder.resolve("pair.safetensors")));
    }

    private static String hash(Path file) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(((DigestInputStream) in).getMessageDigest().digest()).substring(0, 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override public float[] picture(Picture picture) {
        return pictures(List.of(picture)).get(0);
    }

    @Override public List<float[]> pictures(List<Picture> pictures) {
        List<float[]> all = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i += BATCH) {
            List<Picture> batch = pictures.subList(i, Math.min(pictures.size(), i + BATCH));
            all.addAll(rows(scoped(() -> Tensor.withoutGradients(() -> pair.pictures(batch).floats())), batch.size()));
        }
        return all;
    }

    @Override public float[] words(String words) {
        return scoped(() -> Tensor.withoutGradients(() -> pair.texts(List.of(words)).floats()));
    }

    private static List<float[]> rows(float[] values, int rows) {
        int width = values.length / rows;
        List<float[]> out = new ArrayList<>();
        for (int i = 0; i < rows; i++) out.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
        return out;
    }

    @Override public String name() {
        return name;
    }
}

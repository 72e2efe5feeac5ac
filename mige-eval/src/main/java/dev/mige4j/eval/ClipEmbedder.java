package dev.mige4j.eval;

import static dev.mige4j.tensor.Scope.scoped;

import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.clip.ClipModel;
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

/**
 * The pair that {@code mige train clip} made for measuring: another seed than the tower that models look through, and
 * all concepts.
 */
public final class ClipEmbedder implements Embedder {

    private static final int BATCH_SIZE = 32;

    private final ClipModel clip;
    private final String name;

    private ClipEmbedder(ClipModel clip, String name) {
        this.clip = clip;
        this.name = name;
    }

    /** The pair in a folder; its name is the beginning of the SHA-256 of its weights. */
    public static ClipEmbedder open(Path folder) {
        ClipModel clip = ClipModel.open(folder);
        return new ClipEmbedder(clip, hash(folder.resolve("pair.safetensors")));
    }

    private static String hash(Path file) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of()
                    .formatHex(((DigestInputStream) in).getMessageDigest().digest())
                    .substring(0, 16);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public float[] embedImage(Image image) {
        return embedImages(List.of(image)).get(0);
    }

    @Override
    public List<float[]> embedImages(List<Image> images) {
        List<float[]> embeddings = new ArrayList<>();
        for (int i = 0; i < images.size(); i += BATCH_SIZE) {
            List<Image> batch = images.subList(i, Math.min(images.size(), i + BATCH_SIZE));
            embeddings.addAll(splitRows(
                    scoped(() -> Tensor.noGrad(() -> clip.encodeImages(batch).toFloatArray())), batch.size()));
        }
        return embeddings;
    }

    @Override
    public float[] embedText(String text) {
        return scoped(() -> Tensor.noGrad(() -> clip.encodeTexts(List.of(text)).toFloatArray()));
    }

    private static List<float[]> splitRows(float[] values, int count) {
        int width = values.length / count;
        List<float[]> out = new ArrayList<>();
        for (int i = 0; i < count; i++) out.add(Arrays.copyOfRange(values, i * width, (i + 1) * width));
        return out;
    }

    @Override
    public String name() {
        return name;
    }
}

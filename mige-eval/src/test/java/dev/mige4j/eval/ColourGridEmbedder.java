package dev.mige4j.eval;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.HashMap;
import java.util.Map;

/**
 * A pair that can be understood: a picture is its colours on 12 x 12 cells, words are the picture they were said of.
 */
final class ColourGridEmbedder implements Embedder {

    private final Map<String, Image> imagesByText = new HashMap<>();

    ColourGridEmbedder register(String text, Image image) {
        imagesByText.put(text, image);
        return this;
    }

    @Override
    public float[] embedImage(Image image) {
        byte[] rgb = Resampling.BILINEAR.resize(image, 12, 12).rgb();
        float[] embedding = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) embedding[i] = (rgb[i] & 255) / 127.5f - 1;
        return embedding;
    }

    @Override
    public float[] embedText(String text) {
        return imagesByText.containsKey(text) ? embedImage(imagesByText.get(text)) : new float[432];
    }

    @Override
    public String name() {
        return "colours";
    }
}

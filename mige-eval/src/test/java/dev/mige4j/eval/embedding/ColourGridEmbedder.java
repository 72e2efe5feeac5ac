package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Embeds an image as its colours on a 12 x 12 grid, and a text as the image that is registered for it. */
public final class ColourGridEmbedder implements Embedder {

    private final Map<String, Image> imagesByText = new HashMap<>();

    public ColourGridEmbedder register(String text, Image image) {
        imagesByText.put(text, image);
        return this;
    }

    @Override
    public List<float[]> embedPrepared(List<Image> images) {
        return images.stream().map(ColourGridEmbedder::embed).toList();
    }

    private static float[] embed(Image image) {
        byte[] rgb = Resampling.BILINEAR.resize(image, 12, 12).rgb();
        float[] embedding = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) embedding[i] = (rgb[i] & 255) / 127.5f - 1;
        return embedding;
    }

    @Override
    public List<float[]> embedTexts(List<String> texts) {
        return texts.stream()
                .map(text -> imagesByText.containsKey(text) ? embed(imagesByText.get(text)) : new float[432])
                .toList();
    }

    @Override
    public String name() {
        return "colours";
    }
}

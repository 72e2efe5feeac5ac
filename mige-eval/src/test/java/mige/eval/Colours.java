package mige.eval;

import java.util.HashMap;
import java.util.Map;

import mige.image.Picture;
import mige.image.Resampling;

/** A pair that can be understood: a picture is its colours on 12 x 12 cells, words are the picture they were said of. */
final class Colours implements Embedder {

    private final Map<String, Picture> said = new HashMap<>();

    Colours teach(String words, Picture picture) {
        said.put(words, picture);
        return this;
    }

    @Override public float[] picture(Picture picture) {
        byte[] rgb = Resampling.BILINEAR.resize(picture, 12, 12).rgb();
        float[] looks = new float[rgb.length];
        for (int i = 0; i < rgb.length; i++) looks[i] = (rgb[i] & 255) / 127.5f - 1;
        return looks;
    }

    @Override public float[] words(String words) {
        return said.containsKey(words) ? picture(said.get(words)) : new float[432];
    }

    @Override public String name() {
        return "colours";
    }
}

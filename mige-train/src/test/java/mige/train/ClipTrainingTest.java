package mige.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mige.data.Split;
import mige.encoder.T5Encoder;
import mige.encoder.VisionTransformer;
import mige.image.Picture;
import mige.tensor.DType;
import mige.text.TokenizerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTrainingTest {

    private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "white", "black");
    private static final int[][] INKS = {{220, 20, 20}, {20, 200, 20}, {20, 20, 220}, {220, 220, 20}, {240, 240, 240}, {10, 10, 10}};

    @TempDir Path folder;

    private static List<CaptionedPool.Shown> plain(int i) {
        int which = i % COLOURS.size();
        byte[] rgb = new byte[3 * 12 * 12];
        for (int p = 0; p < rgb.length; p++) rgb[p] = (byte) INKS[which][p % 3];
        return List.of(new CaptionedPool.Shown(Picture.of(12, 12, rgb), "a " + COLOURS.get(which) + " picture"));
    }

    @Test void picturesFindTheirWords() {
        byte[] words = TokenizerBuilder.build(COLOURS.stream().map(c -> "a " + c + " picture").toList(), 130);
        var model = new ContrastivePair.Config(new VisionTransformer.Config(8, 4, 12, 2, 1, 20), new T5Encoder.Config(8, 2, 4, 12, 1, 240, 32, 128), 8);
        var plan = new Loop.Plan(12, 1, new Schedule(1e-2, 5, 80, 0), AdamW.Config.REFERENCE, 1, 0.9, 80, 0, 80);
        ClipTraining.run(new ClipTraining.Config(1, List.of(Split.TRAIN), 60, 6, 12, DType.F32, model, plan), folder, words, ClipTrainingTest::plain, Watch.NONE, Crew.ALONE);

        ContrastivePair pair = ContrastivePair.open(folder);
        List<Picture> six = new ArrayList<>();
        for (int i = 0; i < 6; i++) six.add(plain(i).get(0).picture());
        long[] best = pair.logits(pair.pictures(six), pair.texts(COLOURS.stream().map(c -> "a " + c + " picture").toList())).argmax(1).longs();
        int right = 0;
        for (int i = 0; i < 6; i++) if (best[i] == i) right++;
        assertTrue(right >= 5, right + " of 6 found");
    }
}

package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.corpus.specification.Split;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.encoder.VisionTransformer;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.CaptionedImageCache;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTrainingTest {

    private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "white", "black");
    private static final int[][] RGB = {
        {220, 20, 20}, {20, 200, 20}, {20, 20, 220}, {220, 220, 20}, {240, 240, 240}, {10, 10, 10}
    };

    @TempDir
    Path folder;

    private static List<CaptionedImageCache.CaptionedImage> solidColour(int i) {
        int colourIndex = i % COLOURS.size();
        byte[] rgb = new byte[3 * 12 * 12];
        for (int p = 0; p < rgb.length; p++) rgb[p] = (byte) RGB[colourIndex][p % 3];
        return List.of(new CaptionedImageCache.CaptionedImage(
                Image.of(12, 12, rgb), "a " + COLOURS.get(colourIndex) + " image"));
    }

    @Test
    void matchesImagesWithTheirCaptions() {
        byte[] vocabulary = TokenizerBuilder.build(
                COLOURS.stream().map(c -> "a " + c + " image").toList(), 130);
        var model = new ClipModel.Config(
                new VisionTransformer.Config(8, 4, 12, 2, 1, 20),
                new T5Encoder.Config(8, 2, 4, 12, 1, 240, 32, 128),
                8);
        var trainerConfig = new Trainer.Config(
                12,
                1,
                new LearningRateSchedule(1e-2, 5, 80, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                1,
                0.9,
                null,
                new Trainer.Intervals(80, 0, 80, 0));
        ClipTraining.run(
                new ClipTraining.Config(
                        1, new ClipTraining.Data(List.of(Split.TRAIN), 60, 6, 12), DType.F32, model, trainerConfig),
                folder,
                vocabulary,
                ClipTrainingTest::solidColour,
                TrainingListener.NONE,
                DataParallel.SINGLE_PROCESS);

        ClipModel clip = ClipModel.open(folder);
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 6; i++) images.add(solidColour(i).get(0).image());
        long[] predicted = clip.logits(
                        clip.encodeImages(images),
                        clip.encodeTexts(
                                COLOURS.stream().map(c -> "a " + c + " image").toList()))
                .argmax(1)
                .toLongArray();
        int correct = 0;
        for (int i = 0; i < 6; i++) if (predicted[i] == i) correct++;
        assertTrue(correct >= 5, correct + " of 6 found");
    }
}

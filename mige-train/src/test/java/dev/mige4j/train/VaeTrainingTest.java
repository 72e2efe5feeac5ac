package dev.mige4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.train.dataset.ImageCache;
import dev.mige4j.train.initialization.AutoencoderFolder;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.optimizer.AdamW;
import dev.mige4j.train.optimizer.LearningRateSchedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaeTrainingTest {

    @TempDir
    Path folder;

    static Image disc(long seed, int size) {
        Rng rng = new Rng(seed, 0);
        int x = rng.nextInt(size), y = rng.nextInt(size), r = 3 + rng.nextInt(size / 3);
        byte[] background = {(byte) rng.nextInt(256), (byte) rng.nextInt(256), (byte) rng.nextInt(256)},
                foreground = {(byte) rng.nextInt(256), (byte) rng.nextInt(256), (byte) rng.nextInt(256)};
        byte[] rgb = new byte[3 * size * size];
        for (int i = 0; i < size * size; i++) {
            int dx = i % size - x, dy = i / size - y;
            System.arraycopy(dx * dx + dy * dy < r * r ? foreground : background, 0, rgb, 3 * i, 3);
        }
        return Image.of(size, size, rgb);
    }

    private static VaeTraining.Config config(long steps) {
        var trainerConfig = new Trainer.Config(
                4,
                1,
                new LearningRateSchedule(2e-3, 5, steps, 0, null, 0),
                AdamW.Config.REFERENCE,
                List.of(),
                1,
                0.9,
                null,
                new Trainer.Intervals(5, 20, 1000, 0));
        return new VaeTraining.Config(
                1,
                new VaeTraining.Data(40, 4, 32, 16),
                new VaeTraining.Loss(0.5, 1, 2e-4, 0.05),
                DType.F32,
                new AutoEncoder.Config(4, List.of(8, 16), 1, 4, 2, 1, true),
                trainerConfig);
    }

    private long train(long steps, Path target, TrainingListener listener) {
        return VaeTraining.run(config(steps), target, i -> List.of(disc(i, 32)), listener);
    }

    @Test
    void learnsToReconstruct() {
        List<Double> losses = new ArrayList<>();
        train(60, folder, MetricsCollector.of("l1", losses));
        assertTrue(losses.get(losses.size() - 2) < 0.9 * losses.get(0), losses.toString());
    }

    @Test
    void exportsAnAutoencoderWithUnitVarianceLatents() {
        train(20, folder, TrainingListener.NONE);
        AutoEncoder autoencoder = AutoencoderFolder.load(folder, new HashMap<>());
        try (ImageCache images =
                ImageCache.open(folder.resolve("images-32-40.bin"), 32, 40, i -> List.of(), TrainingListener.NONE)) {
            Tensor latent = autoencoder
                    .toLatent(autoencoder
                            .latentDistribution(images.batch(36, 37, 38, 39))
                            .mean())
                    .values();
            assertEquals(1, Math.sqrt(latent.mul(latent).mean().item()), 0.01);
        }
        assertTrue(Files.exists(folder.resolve("images/reconstruction-00000020.png")));
    }

    @Test
    void resumesBitExactly() throws Exception {
        train(20, folder.resolve("a"), TrainingListener.NONE);
        train(20, folder.resolve("b"), (item, done, total) -> item.equals("images") || done < 10);
        train(20, folder.resolve("b"), TrainingListener.NONE);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("a/autoencoder.safetensors")),
                Files.readAllBytes(folder.resolve("b/autoencoder.safetensors")));
    }
}

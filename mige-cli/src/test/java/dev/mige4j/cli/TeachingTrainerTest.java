package dev.mige4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.FolderLock;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.web.LoraTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a training for a client leaves in the folder of the LoRAs. */
class TeachingTrainerTest {

    @TempDir
    Path folder;

    final TreeSet<String> stages = new TreeSet<>();

    static LoraTrainer.Subject subject(String name) {
        Map<String, Image> images = new LinkedHashMap<>();
        for (String label : List.of("../../dog", "dog", "C:\\dog"))
            images.put(label, Image.read(SampleImage.named("dog").png(), label));
        return new LoraTrainer.Subject(name, false, images, Map.of());
    }

    List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> !file.equals(folder))
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void deletesTheImagesWhenItFails() throws IOException {
        var trainer = new TeachingTrainer(folder, folder.resolve("no-model"), folder.resolve("no-corpus"));
        assertThrows(
                UsageException.class, () -> trainer.train(subject("dog"), Duration.ofSeconds(1), progress -> true));
        assertEquals(List.of(), files());
    }

    /** Noise, in which no subject is found. */
    private static Image noise() {
        byte[] rgb = new byte[3 * 40 * 40];
        for (int i = 0; i < rgb.length; i++) rgb[i] = (byte) (i * 7919 % 251);
        return Image.of(40, 40, rgb);
    }

    private String refusal(Map<String, Image> images, Map<String, Image> masks) {
        var trainer = new TeachingTrainer(folder, null, folder.resolve("no-corpus"));
        var subject = new LoraTrainer.Subject("it", false, images, masks);
        return assertThrows(UsageException.class, () -> trainer.train(subject, Duration.ofSeconds(1), progress -> true))
                .getMessage();
    }

    @Test
    void imagesOfMasksAreNoMasksAndNoPathReachesTheClient() {
        Map<String, Image> images = new LinkedHashMap<>();
        for (String label : List.of("mask", "tribal_mask", "RED-MASK")) images.put(label, noise());
        String message = refusal(images, Map.of());
        assertTrue(message.startsWith("images: no subject could be cut out"), message);
        message = refusal(images, Map.of("mask", Image.filled(40, 40, 0)));
        assertTrue(message.startsWith("01-mask-image-mask.png shows nothing or everything"), message);
    }

    @Test
    void deletesWhatAKilledServerLeftButNotWhatAnotherOneUses() throws IOException {
        var trainer = new TeachingTrainer(folder, null, folder.resolve("no-corpus"));
        for (String name : List.of(".mug.training", ".cup.training", ".other"))
            Files.createFile(Files.createDirectories(folder.resolve(name).resolve("images"))
                    .resolve("a.png"));
        try (FolderLock lock = FolderLock.acquire(folder.resolve(".cup.training"), "training")) {
            trainer.deleteInterrupted();
            assertTrue(Files.exists(folder.resolve(".cup.training/images/a.png")));
            var e = assertThrows(
                    UsageException.class, () -> trainer.train(subject("cup"), Duration.ofSeconds(1), progress -> true));
            assertTrue(e.getMessage().startsWith(".cup.training: another training"), e.getMessage());
            assertTrue(Files.exists(folder.resolve(".cup.training/images/a.png")));
        }
        assertFalse(Files.exists(folder.resolve(".mug.training")));
        assertTrue(Files.exists(folder.resolve(".other/images/a.png")));
    }

    @Test
    void findsTheLorasThatAreThere() throws IOException {
        var trainer = new TeachingTrainer(folder, null, folder.resolve("no-corpus"));
        assertFalse(trainer.exists("dog"));
        Files.createFile(folder.resolve("dog.safetensors"));
        assertTrue(trainer.exists("dog"));
    }

    @Test
    @Tag("slow")
    void storesTheLoraAndNothingElse() throws IOException {
        var trainer = new TeachingTrainer(folder, null, folder.resolve("no-corpus"));
        trainer.train(subject("my-dog"), Duration.ofSeconds(20), progress -> stages.add(progress.stage()) || true);
        assertEquals(List.of("my-dog.safetensors"), files());
        assertTrue(stages.contains("training"), stages::toString);
        try (Mige mige = Mige.embedded();
                Mige taught = mige.withLoras(List.of(Lora.of(folder.resolve("my-dog.safetensors"))))) {
            assertEquals(mige.modelHash(), taught.modelHash());
        }
    }

    @Test
    @Tag("slow")
    void leavesNothingWhenItIsCancelled() throws IOException {
        var trainer = new TeachingTrainer(folder, null, folder.resolve("no-corpus"));
        assertThrows(
                CancelledException.class,
                () -> trainer.train(subject("my-dog"), Duration.ofMinutes(5), progress -> progress.fraction() < 0.01));
        assertEquals(List.of(), files());
    }
}

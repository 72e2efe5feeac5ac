package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import dev.mige4j.text.TokenizerBuilder;
import dev.mige4j.weights.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny model with random weights that normalises its references. */
class ReferenceNormalizationTest {

    private static final Image SUBJECT = Image.filled(40, 20, 0xc04020).paste(Image.filled(20, 20, 0x2040c0), 10, 0),
            LARGE_ON_WHITE = Image.filled(80, 70, 0xffffff).paste(SUBJECT, 30, 5),
            SMALL_ON_GREEN = Image.filled(200, 100, 0x00ff00).paste(SUBJECT, 5, 60),
            SCENE = Image.filled(32, 32, 0x4080ff).paste(Image.filled(32, 14, 0x308030), 0, 18);

    @TempDir
    Path folder;

    private Mige open(String normalization) throws IOException {
        Path modelFolder = Files.createDirectories(folder.resolve("model" + normalization.length()));
        RandomCheckpoint.write(
                modelFolder,
                ModelNetworks.requiredTensors(ModelConfig.TINY),
                TokenizerBuilder.build(
                        List.of("make create edit add replace the a picture of with dog cat tree on beach"), 120),
                1,
                (name, done, total) -> true);
        Files.writeString(
                modelFolder.resolve(ModelConfig.FILE_NAME),
                ModelConfig.TINY.toJson().replaceFirst("\\{", "{" + normalization));
        return Mige.open(modelFolder);
    }

    private Mige normalizing() throws IOException {
        return open("\"referenceNormalization\": {\"longestSide\": 0.5, \"gridCells\": 8},");
    }

    private static Image generate(Mige mige, Image reference) {
        return mige.generate(
                        new SubjectGeneration(Instruction.of("a <image> on the beach", reference)), Settings.DEFAULT)
                .get(0)
                .image();
    }

    private static Image edit(Mige mige, Image reference, Image source) {
        Instruction instruction = Instruction.of("add <image> to <image>", reference, source);
        return mige.generate(new SubjectEdit(instruction, source), Settings.DEFAULT)
                .get(0)
                .image();
    }

    @Test
    void groundSizeAndPlaceOfACutoutHaveNoInfluence() throws IOException {
        try (Mige mige = normalizing()) {
            Image normalized = mige.config().normalizeReference(LARGE_ON_WHITE);
            assertEquals(generate(mige, normalized), generate(mige, LARGE_ON_WHITE));
            assertEquals(generate(mige, normalized), generate(mige, SMALL_ON_GREEN));
            assertEquals(edit(mige, normalized, SCENE), edit(mige, SMALL_ON_GREEN, SCENE));
        }
    }

    @Test
    void sourceOfAnEditIsNotNormalized() throws IOException {
        Task task = new InstructionEdit(Instruction.of("make <image> a picture", LARGE_ON_WHITE), LARGE_ON_WHITE);
        try (Mige plain = open("");
                Mige normalizing = normalizing()) {
            assertEquals(
                    plain.generate(task, Settings.DEFAULT).get(0).image(),
                    normalizing.generate(task, Settings.DEFAULT).get(0).image());
            assertNotEquals(generate(plain, LARGE_ON_WHITE), generate(normalizing, LARGE_ON_WHITE));
        }
    }
}

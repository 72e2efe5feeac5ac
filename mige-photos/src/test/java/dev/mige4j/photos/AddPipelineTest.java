package dev.mige4j.photos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mige4j.image.Image;
import dev.mige4j.photos.stage.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddPipelineTest {

    @TempDir
    private Path folder;

    @Test
    void thePhotographIsTheTargetAndTheSourceLacksTheObject() {
        Path file = folder.resolve("disc.png");
        DiscStages.write(file, 64, 16);
        PhotoSample sample = sampleOf(file);
        assertEquals(Image.read(file), sample.target());
        assertEquals(Image.filled(64, 64, DiscStages.GROUND), sample.source());
        assertEquals("disc", sample.name());
        assertEquals("Add <imagehere> to <imagehere>", sample.instruction());
        assertEquals(List.of("object", "source"), PhotoTask.ADD.references("source", "object"));
    }

    @Test
    void measuresTheObjectAndTheChangeInsideAndOutside() {
        Path file = folder.resolve("disc.png");
        DiscStages.write(file, 64, 16);
        SortedMap<String, Double> measures = sampleOf(file).measures();
        assertEquals(Math.PI * 16 * 16 / (64 * 64), measures.get("object_share"), 0.01);
        assertEquals((127 + 128 + 128) / (3 * 255.0), measures.get("change_inside"), 1e-4);
        assertEquals(0, measures.get("change_outside"));
    }

    @Test
    void theFirstStageThatDropsAnItemSaysWhy() {
        Path file = folder.resolve("small.png");
        DiscStages.write(file, 16, 4);
        assertEquals(
                StageResult.<PhotoSample>dropped("too_small", "It has 16 columns."),
                DiscStages.PIPELINE.process(new AddItem("small.png"), List.of(Image.read(file))));
    }

    private static PhotoSample sampleOf(Path file) {
        StageResult<PhotoSample> result =
                DiscStages.PIPELINE.process(new AddItem("disc.png"), List.of(Image.read(file)));
        return ((StageResult.Kept<PhotoSample>) result).value();
    }
}

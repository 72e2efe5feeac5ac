package dev.mige4j.photos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.cutout.ObjectCutter;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplacePipelineTest {

    private static final Image GROUND = PhotoFixtures.texture(200, 160);
    private static final BinaryMask OBJECT = PhotoFixtures.disk(200, 160, 40);
    private static final Image SOURCE = PhotoFixtures.paint(GROUND, PhotoFixtures.disk(200, 160, 30), 0x00A000),
            TARGET = PhotoFixtures.paint(GROUND, OBJECT, 0xE00000);
    private static final ReplacePair PAIR =
            new ReplacePair("a.png", "b.png", Optional.of("rose"), Optional.of("tulip"));

    @Test
    void cutsTheNewObjectOutOfTheRegionThatChanged() {
        PhotoSample sample = kept(pipeline(Optional.empty()), PAIR, SOURCE, TARGET);
        assertEquals("replace the rose in <imagehere> with <imagehere>", sample.instruction());
        assertEquals("tulip", sample.name());
        assertEquals(SOURCE, sample.source());
        assertEquals(TARGET, sample.target());
        assertEquals(OBJECT.coverage(), sample.measures().get("object_share"), 0.01);
        assertEquals(0, sample.measures().get("change_outside"));
        assertEquals(Image.filled(1, 1, 0xE00000), sample.object().crop(112, 112, 1, 1));
    }

    @Test
    void takesTheAnnotatedObjectWithTheNameOfTheNewOne() {
        ObjectMask vase = new ObjectMask(PhotoFixtures.disk(200, 160, 60), Optional.of("vase")),
                tulip = new ObjectMask(OBJECT, Optional.of("tulip"));
        PhotoSample sample =
                kept(pipeline(Optional.of(photo -> StageResult.kept(List.of(vase, tulip)))), PAIR, SOURCE, TARGET);
        assertEquals(OBJECT.coverage(), sample.measures().get("object_share"), 1e-4);
    }

    @Test
    void bringsTheSourceToTheSizeOfTheTargetAndDropsOtherShapes() {
        Image small = Image.filled(100, 80, 0x808080), square = Image.filled(100, 100, 0x808080);
        ObjectMask tulip = new ObjectMask(OBJECT, Optional.empty());
        PhotoSample sample =
                kept(pipeline(Optional.of(photo -> StageResult.kept(List.of(tulip)))), PAIR, small, TARGET);
        assertEquals(200, sample.source().width());
        assertEquals("other_shape", reason(pipeline(Optional.empty()), PAIR, square));
    }

    @Test
    void dropsPairsThatReplaceNothing() {
        ReplacePair other = new ReplacePair("a.png", "b.png", Optional.empty(), Optional.empty());
        assertEquals("no_replacement", reason(pipeline(Optional.empty()), other, SOURCE));
        ReplacePair unnamed = new ReplacePair("a.png", "b.png", Optional.of("?"), Optional.empty());
        assertEquals("no_replacement", reason(pipeline(Optional.empty()), unnamed, SOURCE));
        assertEquals("no_object", reason(pipeline(Optional.empty()), PAIR, TARGET));
    }

    private static ReplacePipeline pipeline(Optional<PhotoStage<Photo, List<ObjectMask>>> masks) {
        return new ReplacePipeline(
                new ReplacePipeline.Stages(StageResult::kept, masks, ReplacePipeline.CHOICE, ObjectCutter.DEFAULT));
    }

    private static PhotoSample kept(ReplacePipeline pipeline, ReplacePair pair, Image source, Image target) {
        StageResult<PhotoSample> result = pipeline.process(pair, List.of(source, target));
        assertInstanceOf(StageResult.Kept.class, result, result::toString);
        return ((StageResult.Kept<PhotoSample>) result).value();
    }

    private static String reason(ReplacePipeline pipeline, ReplacePair pair, Image source) {
        StageResult<PhotoSample> result = pipeline.process(pair, List.of(source, TARGET));
        assertInstanceOf(StageResult.Dropped.class, result);
        return ((StageResult.Dropped<PhotoSample>) result).reason();
    }
}

package dev.mige4j.photos.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.WeightsException;
import dev.mige4j.eval.metric.DetectedBox;
import dev.mige4j.eval.metric.EntityRequest;
import dev.mige4j.image.Image;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.annotation.PixelBox;
import dev.mige4j.photos.onnx.OnnxFile;
import dev.mige4j.photos.segmentation.SegmentAnythingModel.Candidate;
import dev.mige4j.photos.segmentation.SegmentAnythingModel.Embedding;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.StageResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The adapters, with models of a few operators whose masks are the bright pixels. */
class SegmentationModelTest {

    private static final int DARK = 0, LIGHT = 0xE5E5E5; // normalised: -1.99 and 1.99 on average
    private static final PixelBox BRIGHT = new PixelBox(8, 4, 16, 8);

    @TempDir
    Path folder;

    /** 32 x 16 pixels, dark, with a bright box. */
    private static Photo photo() {
        Image image = Image.filled(32, 16, DARK)
                .paste(Image.filled(BRIGHT.width(), BRIGHT.height(), LIGHT), BRIGHT.left(), BRIGHT.top());
        return new Photo("a.png", image);
    }

    private Path salientModel(String name, int channels) throws IOException {
        OnnxFile file = new OnnxFile().input("image", 1, 3, 16, 16);
        if (channels == 1)
            file.output("saliency", 1, 1, 16, 16)
                    .node("ReduceMean", List.of("image"), "saliency", "axes=[1] keepdims=1");
        else file.output("saliency", 1, 3, 16, 16).node("Identity", List.of("image"), "saliency");
        return file.write(folder.resolve(name));
    }

    @Test
    void theSalientObjectIsWhereTheModelsFirstOutputIsHigh() throws IOException {
        for (SalientObjectModel.Family family : SalientObjectModel.Family.values())
            try (SalientObjectModel model = new SalientObjectModel(salientModel("salient.onnx", 1), family)) {
                assertEquals(
                        Optional.of(BRIGHT), onlyObject(model.apply(photo())).box());
            }
    }

    @Test
    void aPhotographWithoutASalientObjectIsDropped() throws IOException {
        try (SalientObjectModel model =
                new SalientObjectModel(salientModel("salient.onnx", 1), SalientObjectModel.Family.U2_NET)) {
            assertEquals(
                    new StageResult.Dropped<>("no_object", "b.png: the model finds no salient object."),
                    model.apply(new Photo("b.png", Image.filled(20, 20, 0x808080))));
        }
    }

    @Test
    void anOutputThatIsNoMapIsRefused() throws IOException {
        try (SalientObjectModel model =
                new SalientObjectModel(salientModel("rgb.onnx", 3), SalientObjectModel.Family.U2_NET)) {
            assertEquals(
                    "The salient-object model's output 'saliency' has the shape [1, 3, 16, 16], expected [1, 1, height,"
                            + " width].",
                    assertThrows(WeightsException.class, () -> model.apply(photo()))
                            .getMessage());
        }
    }

    private static BinaryMask onlyObject(StageResult<List<ObjectMask>> result) {
        List<ObjectMask> objects = ((StageResult.Kept<List<ObjectMask>>) result).value();
        assertEquals(1, objects.size());
        return objects.get(0).mask();
    }

    /** Four equal masks, the bright parts of the image; their scores are the prompt's coordinates x0, y0, x1, y1. */
    private SegmentAnythingModel segmentAnything() throws IOException {
        Path encoder = new OnnxFile()
                .input("image", 1, 3, 32, 32)
                .output("embedding", 1, 3, 32, 32)
                .node("Identity", List.of("image"), "embedding")
                .write(folder.resolve("encoder.onnx"));
        return new SegmentAnythingModel(encoder, decoder("decoder.onnx", "point_coords"));
    }

    private Path decoder(String name, String points) throws IOException {
        return new OnnxFile()
                .input("image_embeddings", 1, 3, 32, 32)
                .input(points, 1, -1, 2)
                .input("point_labels", 1, -1)
                .input("mask_input", 1, 1, 8, 8)
                .input("has_mask_input", 1)
                .input("orig_im_size", 2)
                .output("low_res_masks", 1, 4, 8, 8)
                .output("iou_predictions", 1, 4)
                .node("ReduceMean", List.of("image_embeddings"), "grey", "axes=[1] keepdims=1")
                .node("AveragePool", List.of("grey"), "mask", "kernel_shape=[4,4] strides=[4,4]")
                .node("Concat", List.of("mask", "mask", "mask", "mask"), "low_res_masks", "axis=1")
                .constant("four", 1, 4)
                .node("Reshape", List.of(points, "four"), "iou_predictions")
                .write(folder.resolve(name));
    }

    @Test
    void promptsAreGivenInPixelsOfTheResizedImageAndMasksComeBackInThoseOfThePhotograph() throws IOException {
        try (SegmentAnythingModel model = segmentAnything()) {
            Image large = Image.filled(64, 32, DARK).paste(Image.filled(32, 16, LIGHT), 16, 8);
            Embedding embedding = model.embed(large);
            List<Candidate> atPoint = model.atPoint(embedding, 40, 20); // (20, 10) of 32 x 16, then padding (0, 0)
            assertEquals(
                    List.of(10f, 0f, 0f), atPoint.stream().map(Candidate::score).toList());
            Candidate inBox = model.inBox(embedding, 16, 8, 48, 24);
            assertEquals(8f, inBox.score());
            assertEquals(
                    Optional.of(new PixelBox(16, 8, 32, 16)),
                    inBox.mask(embedding).box());
        }
    }

    @Test
    void aBoxPromptGivesTheMaskForCropsOfMigeBench() throws IOException {
        try (SegmentAnythingModel model = segmentAnything()) {
            EntityRequest request = new EntityRequest(Optional.empty(), photo().image(), "box");
            byte[] mask = model.segment(request, new DetectedBox(0.5f, 0.5f, 0.5f, 0.5f, 1))
                    .orElseThrow();
            assertEquals(Optional.of(BRIGHT), BinaryMask.of(32, 16, mask).box());
        }
    }

    @Test
    void automaticMasksAreThoseOfAGridOfPointsWithoutRepetition() throws IOException {
        AutomaticMasks.Config grid = new AutomaticMasks.Config(3, 0.88, 0.95, 0.7);
        try (SegmentAnythingModel model = segmentAnything()) {
            assertEquals(
                    Optional.of(BRIGHT),
                    onlyObject(new AutomaticMasks(model, grid).apply(photo())).box());
            AutomaticMasks strict = new AutomaticMasks(model, new AutomaticMasks.Config(3, 1000, 0.95, 0.7));
            assertEquals(
                    new StageResult.Dropped<>("no_object", "a.png: the model finds no object."), strict.apply(photo()));
        }
    }

    @Test
    void aDecoderWithOtherInputsIsRefused() throws IOException {
        Path encoder = salientModel("encoder.onnx", 1), decoder = decoder("other.onnx", "points");
        String message = assertThrows(WeightsException.class, () -> new SegmentAnythingModel(encoder, decoder))
                .getMessage();
        assertTrue(message.endsWith("expected also 'point_coords'."), message);
    }
}

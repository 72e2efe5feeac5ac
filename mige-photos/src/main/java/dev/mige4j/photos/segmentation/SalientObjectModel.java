package dev.mige4j.photos.segmentation;

import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ConnectedComponents;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.onnx.FloatTensor;
import dev.mige4j.photos.onnx.OnnxModel;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the salient object with a model in ONNX format such as U²-Net or IS-Net: the largest connected part of the
 * pixels whose saliency, rescaled to 0..1, exceeds 1/2. Drops photographs without such an object ({@code no_object}).
 *
 * <pre>
 *   input   [1, 3, side, side]   the photograph, resized without regard to its proportions, and normalised
 *   output  [1, 1, h, w]         the first output: saliency
 * </pre>
 *
 * <p>Source: U²-Net, arXiv 2005.09007; IS-Net, arXiv 2203.03041.
 */
public final class SalientObjectModel implements PhotoStage<Photo, List<ObjectMask>>, AutoCloseable {

    /** How a family of models wants its input. */
    public enum Family {
        /** 320 pixels; divided by the largest value, then normalised with the statistics of ImageNet. */
        U2_NET(320, new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f}),
        /** 1024 pixels; from -0.5 to 0.5. */
        IS_NET(1024, new float[] {0.5f, 0.5f, 0.5f}, new float[] {1, 1, 1});

        private final int side;

        @SuppressWarnings("ImmutableEnumChecker") // never written to
        private final float[] mean, std;

        Family(int side, float[] mean, float[] std) {
            this.side = side;
            this.mean = mean;
            this.std = std;
        }

        private float[] normalize(Image image) {
            if (this == IS_NET) return image.toPlanes(mean, std);
            int highest = 1;
            for (byte value : image.rgb()) highest = Math.max(highest, value & 255);
            float scale = highest / 255f;
            float[] scaledMean = mean.clone(), scaledStd = std.clone(); // (v / scale - mean) / std
            for (int i = 0; i < 3; i++) {
                scaledMean[i] *= scale;
                scaledStd[i] *= scale;
            }
            return image.toPlanes(scaledMean, scaledStd);
        }
    }

    private final OnnxModel model;
    private final Family family;
    private final int side;

    /**
     * Opens a model.
     *
     * @throws WeightsException when the file cannot be opened, or its input or output is not as described
     */
    public SalientObjectModel(Path file, Family family) {
        model = OnnxModel.open(file);
        this.family = family;
        side = model.imageSide(model.inputs().get(0), family.side);
    }

    @Override
    public StageResult<List<ObjectMask>> apply(Photo photo) {
        MaskMap saliency = saliency(photo.image());
        BinaryMask salient = saliency.rescale()
                .above(
                        0.5f,
                        saliency.width(),
                        saliency.height(),
                        photo.image().width(),
                        photo.image().height());
        BinaryMask object = ConnectedComponents.largest(salient);
        if (object.area() == 0)
            return StageResult.dropped("no_object", "%s: the model finds no salient object.", photo.path());
        return StageResult.kept(List.of(new ObjectMask(object, Optional.empty())));
    }

    private MaskMap saliency(Image image) {
        float[] planes = family.normalize(Resampling.BILINEAR.resize(image, side, side));
        String input = model.inputs().get(0), output = model.outputs().get(0);
        FloatTensor map = model.run(Map.of(input, FloatTensor.of(planes, 1, 3, side, side)), List.of(output))
                .get(output);
        long[] shape = map.shape();
        if (shape.length != 4 || shape[0] != 1 || shape[1] != 1)
            throw new WeightsException(
                    "The salient-object model's output '%s' has the shape %s, expected [1, 1, height, width].",
                    output, Arrays.toString(shape));
        return new MaskMap((int) shape[3], (int) shape[2], map.values());
    }

    @Override
    public void close() {
        model.close();
    }
}

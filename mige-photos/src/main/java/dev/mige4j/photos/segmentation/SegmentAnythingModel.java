package dev.mige4j.photos.segmentation;

import dev.mige4j.common.WeightsException;
import dev.mige4j.eval.metric.DetectedBox;
import dev.mige4j.eval.metric.EntityRequest;
import dev.mige4j.eval.metric.Segmenter;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.onnx.FloatTensor;
import dev.mige4j.photos.onnx.OnnxModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The Segment Anything Model in two ONNX files: an image encoder, and the prompt encoder with the mask decoder as the
 * original's script {@code export_onnx_model.py} writes it.
 *
 * <pre>
 *   encoder   the only input   [1, 3, side, side]   normalised; long side of the image = side, zeros right and below
 *             first output                          the embedding, which goes to the decoder as it is
 *   decoder   image_embeddings
 *             point_coords     [1, N, 2]            in pixels of the resized image
 *             point_labels     [1, N]               1 object, 2 and 3 corners of a box, -1 padding
 *             mask_input       [1, 1, m, m]         zeros
 *             has_mask_input   [1]                  zero
 *             orig_im_size     [2]                  height, width
 *      out    low_res_masks    [1, M, m, m]         logits of the padded image; M = 1, 3 or 4
 *             iou_predictions  [1, M]
 * </pre>
 *
 * <p>Masks are made from {@code low_res_masks} with one interpolation to the size of the photograph; the original
 * interpolates twice, by way of 1024 pixels. Source: Segment Anything, arXiv 2304.02643.
 */
public final class SegmentAnythingModel implements Segmenter, AutoCloseable {

    private static final String MASKS = "low_res_masks", SCORES = "iou_predictions";
    private static final int SIDE = 1024, MASK_SIDE = 256;
    private static final float[] MEAN = {123.675f / 255, 116.28f / 255, 103.53f / 255},
            STD = {58.395f / 255, 57.12f / 255, 57.375f / 255};

    /** The embedding of an image, and how the image lies in the square that the encoder saw. */
    record Embedding(FloatTensor values, int imageWidth, int imageHeight, int width, int height, int side) {}

    /** A mask of the padded image, as logits, and the model's estimate of its IoU with the object. */
    record Candidate(MaskMap logits, float score) {

        /** Its pixels in the photograph. */
        BinaryMask mask(Embedding image) {
            return logits.above(
                    0, image.width * scale(image), image.height * scale(image), image.imageWidth, image.imageHeight);
        }

        /** How little the mask depends on the threshold: |logits &gt; 1| / |logits &gt; -1|. */
        double stability(Embedding image) {
            double width = image.width * scale(image), height = image.height * scale(image);
            return logits.count(1, width, height) / (double) Math.max(1, logits.count(-1, width, height));
        }

        private double scale(Embedding image) {
            return logits.width() / (double) image.side;
        }
    }

    private final OnnxModel encoder, decoder;
    private final String input;
    private final int side, maskSide;

    /**
     * Opens the two files.
     *
     * @throws WeightsException when one cannot be opened, or its inputs and outputs are not as described
     */
    public SegmentAnythingModel(Path encoderFile, Path decoderFile) {
        encoder = OnnxModel.open(encoderFile);
        decoder = OnnxModel.open(decoderFile);
        input = encoder.inputs().get(0);
        side = encoder.imageSide(input, SIDE);
        for (String name :
                List.of("image_embeddings", "point_coords", "point_labels", "has_mask_input", "orig_im_size"))
            decoder.inputShape(name);
        long[] mask = decoder.inputShape("mask_input");
        maskSide = mask[mask.length - 1] < 0 ? MASK_SIDE : (int) mask[mask.length - 1];
    }

    Embedding embed(Image image) {
        double scale = side / (double) Math.max(image.width(), image.height());
        int width = Math.max(1, (int) (image.width() * scale + 0.5)),
                height = Math.max(1, (int) (image.height() * scale + 0.5));
        float[] planes = Resampling.BILINEAR.resize(image, width, height).toPlanes(MEAN, STD);
        float[] padded = new float[3 * side * side];
        for (int row = 0; row < 3 * height; row++)
            System.arraycopy(planes, row * width, padded, (row / height * side + row % height) * side, width);
        String output = encoder.outputs().get(0);
        FloatTensor values = encoder.run(Map.of(input, FloatTensor.of(padded, 1, 3, side, side)), List.of(output))
                .get(output);
        return new Embedding(values, image.width(), image.height(), width, height, side);
    }

    /** The masks of the object at a point, given in pixels of the photograph: whole, part and sub-part. */
    List<Candidate> atPoint(Embedding image, double x, double y) {
        List<Candidate> all = decode(image, new double[] {x, y, 0, 0}, new float[] {1, -1});
        return all.size() == 4 ? all.subList(1, 4) : all; // the first of four is for prompts of several points
    }

    /** The mask of the object in a box, given by left, top, right and bottom in pixels of the photograph. */
    Candidate inBox(Embedding image, double left, double top, double right, double bottom) {
        List<Candidate> all = decode(image, new double[] {left, top, right, bottom}, new float[] {2, 3});
        if (all.size() == 4) return all.get(0);
        return all.stream().reduce((a, b) -> b.score > a.score ? b : a).orElseThrow();
    }

    private List<Candidate> decode(Embedding image, double[] points, float[] labels) {
        float[] coordinates = new float[points.length];
        for (int i = 0; i < points.length; i++)
            coordinates[i] = (float)
                    (labels[i / 2] < 0
                            ? 0
                            : i % 2 == 0
                                    ? points[i] * image.width / image.imageWidth
                                    : points[i] * image.height / image.imageHeight);
        Map<String, FloatTensor> inputs = new HashMap<>();
        inputs.put("image_embeddings", image.values);
        inputs.put("point_coords", FloatTensor.of(coordinates, 1, labels.length, 2));
        inputs.put("point_labels", FloatTensor.of(labels, 1, labels.length));
        inputs.put("mask_input", FloatTensor.of(new float[maskSide * maskSide], 1, 1, maskSide, maskSide));
        inputs.put("has_mask_input", FloatTensor.of(new float[1], 1));
        inputs.put("orig_im_size", FloatTensor.of(new float[] {image.imageHeight, image.imageWidth}, 2));
        Map<String, FloatTensor> outputs = decoder.run(inputs, List.of(MASKS, SCORES));
        return candidates(outputs.get(MASKS), outputs.get(SCORES).values());
    }

    private static List<Candidate> candidates(FloatTensor masks, float[] scores) {
        long[] shape = masks.shape();
        if (shape.length != 4 || shape[0] != 1 || shape[1] < 1 || shape[1] != scores.length)
            throw new WeightsException(
                    "The decoder's output '%s' has the shape %s and '%s' %d values, expected [1, M, height, width] and"
                            + " M values.",
                    MASKS, Arrays.toString(shape), SCORES, scores.length);
        int height = (int) shape[2], width = (int) shape[3], area = height * width;
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            float[] logits = Arrays.copyOfRange(masks.values(), i * area, (i + 1) * area);
            candidates.add(new Candidate(new MaskMap(width, height, logits), scores[i]));
        }
        return candidates;
    }

    @Override
    public Optional<byte[]> segment(EntityRequest request, DetectedBox box) {
        Image image = request.image();
        Embedding embedding = embed(image);
        float[] corners = box.corners(image.width(), image.height());
        Candidate object = inBox(embedding, corners[0], corners[1], corners[2], corners[3]);
        return Optional.of(object.mask(embedding)).filter(m -> m.area() > 0).map(BinaryMask::toBytes);
    }

    @Override
    public void close() {
        encoder.close();
        decoder.close();
    }
}

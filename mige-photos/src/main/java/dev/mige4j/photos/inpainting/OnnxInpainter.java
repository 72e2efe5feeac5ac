package dev.mige4j.photos.inpainting;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.WeightsException;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.onnx.FloatTensor;
import dev.mige4j.photos.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Inpainting by a model in ONNX format such as LaMa, in one of the two forms in which LaMa is exported.
 *
 * <pre>
 *   inputs   [1, 3, h, w] and [1, 1, h, w]   the image, 0 to 1, with 0 in the hole; the mask, 1 in the hole
 *   or       [1, 4, h, w]                    both in one
 *   output   [1, 3, h, w]                    the first output: the image, 0 to 1 or 0 to 255
 * </pre>
 *
 * <p>If the model takes any h and w, the image is extended to multiples of 32 pixels by repeating its border; otherwise
 * it is resized to the model's h and w, and the result back. Only the pixels of the hole are taken from the output,
 * whose range is 0 to 255 if a value exceeds 2. Source: LaMa, arXiv 2109.07161.
 */
public final class OnnxInpainter implements Inpainter, AutoCloseable {

    /** Sides must be multiples of this, because the model halves them several times. */
    private static final int MULTIPLE = 32;

    private static final float[] ZEROS = new float[3], ONES = {1, 1, 1};

    private final OnnxModel model;
    private final String imageInput, hash;
    private final boolean maskInImage;
    private final long fixedHeight, fixedWidth; // -1: any

    /**
     * Opens a model.
     *
     * @throws WeightsException when the file cannot be opened, or its inputs are not as described
     */
    public OnnxInpainter(Path file) {
        model = OnnxModel.open(file);
        try {
            hash = Sha256.hex(file);
        } catch (IOException e) {
            throw new WeightsException("%s cannot be read: %s", file, e.getMessage(), e);
        }
        List<String> inputs = model.inputs();
        imageInput = inputs.stream()
                .filter(name -> hasChannels(name, inputs.size() == 1 ? 4 : 3))
                .findFirst()
                .orElse(null);
        maskInImage = inputs.size() == 1;
        boolean hasMask = maskInImage || inputs.stream().anyMatch(name -> hasChannels(name, 1));
        if (imageInput == null || !hasMask || inputs.size() > 2) {
            String found = inputs.stream()
                    .map(name -> name + " " + Arrays.toString(model.inputShape(name)))
                    .toList()
                    .toString();
            model.close();
            throw new WeightsException(
                    "%s: the model has the inputs %s, expected an image [1, 3, h, w] and a mask [1, 1, h, w], or both"
                            + " as [1, 4, h, w].",
                    file, found);
        }
        fixedHeight = model.inputShape(imageInput)[2];
        fixedWidth = model.inputShape(imageInput)[3];
    }

    private boolean hasChannels(String input, int channels) {
        long[] shape = model.inputShape(input);
        return shape.length == 4 && Math.abs(shape[0]) == 1 && shape[1] == channels;
    }

    @Override
    public Image inpaint(Image image, BinaryMask mask) {
        Inpainter.requireSameSize(image, mask);
        int width = image.width(), height = image.height();
        int modelWidth = fixedWidth > 0 ? (int) fixedWidth : roundUp(width);
        int modelHeight = fixedHeight > 0 ? (int) fixedHeight : roundUp(height);
        boolean extended = fixedWidth < 0 && fixedHeight < 0;
        Image fitted = extended
                ? extend(image.flatten(0), modelWidth, modelHeight)
                : Resampling.BICUBIC.resize(image, modelWidth, modelHeight);
        BinaryMask hole = extended ? extend(mask, modelWidth, modelHeight) : mask.resize(modelWidth, modelHeight);
        Image filled = run(fitted, hole);
        Image result = extended ? filled.crop(0, 0, width, height) : Resampling.BICUBIC.resize(filled, width, height);
        byte[] rgb = image.rgb(), inpainted = result.rgb();
        for (int i = 0; i < rgb.length; i++) if (mask.contains(i / 3 % width, i / 3 / width)) rgb[i] = inpainted[i];
        return Image.of(width, height, rgb);
    }

    private static int roundUp(int side) {
        return (side + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    }

    private static Image extend(Image image, int width, int height) {
        byte[] rgb = image.rgb(), extended = new byte[3 * width * height];
        for (int y = 0, to = 0; y < height; y++)
            for (int x = 0; x < width; x++, to += 3) {
                int row = Math.min(y, image.height() - 1), column = Math.min(x, image.width() - 1);
                System.arraycopy(rgb, 3 * (row * image.width() + column), extended, to, 3);
            }
        return Image.of(width, height, extended);
    }

    private static BinaryMask extend(BinaryMask mask, int width, int height) {
        byte[] extended = new byte[width * height];
        for (int i = 0; i < extended.length; i++)
            if (mask.contains(Math.min(i % width, mask.width() - 1), Math.min(i / width, mask.height() - 1)))
                extended[i] = 1;
        return BinaryMask.of(width, height, extended);
    }

    private Image run(Image image, BinaryMask mask) {
        int width = image.width(), height = image.height(), area = width * height;
        float[] planes = image.toPlanes(ZEROS, ONES), hole = new float[area];
        for (int i = 0; i < area; i++) {
            if (!mask.contains(i % width, i / width)) continue;
            hole[i] = 1;
            for (int c = 0; c < 3; c++) planes[c * area + i] = 0;
        }
        String output = model.outputs().get(0);
        FloatTensor result =
                model.run(inputs(planes, hole, height, width), List.of(output)).get(output);
        if (!Arrays.equals(result.shape(), new long[] {1, 3, height, width}))
            throw new WeightsException(
                    "The inpainting model's output '%s' has the shape %s, expected [1, 3, %d, %d].",
                    output, Arrays.toString(result.shape()), height, width);
        return toImage(result.values(), width, height);
    }

    private Map<String, FloatTensor> inputs(float[] planes, float[] hole, int height, int width) {
        if (!maskInImage) {
            String maskInput = model.inputs().stream()
                    .filter(name -> !name.equals(imageInput))
                    .findFirst()
                    .orElseThrow();
            return Map.of(
                    imageInput, FloatTensor.of(planes, 1, 3, height, width),
                    maskInput, FloatTensor.of(hole, 1, 1, height, width));
        }
        float[] both = Arrays.copyOf(planes, 4 * hole.length);
        System.arraycopy(hole, 0, both, planes.length, hole.length);
        return Map.of(imageInput, FloatTensor.of(both, 1, 4, height, width));
    }

    private static Image toImage(float[] planes, int width, int height) {
        float largest = 0;
        for (float value : planes) largest = Math.max(largest, value);
        float scale = largest > 2 ? 1 : 255;
        int area = width * height;
        byte[] rgb = new byte[3 * area];
        for (int i = 0; i < rgb.length; i++)
            rgb[i] = (byte) Math.max(0, Math.min(255, Math.round(scale * planes[i % 3 * area + i / 3])));
        return Image.of(width, height, rgb);
    }

    /** Names the file by its SHA-256, so that settings tell models apart. */
    @Override
    public String toString() {
        return "OnnxInpainter[" + hash + "]";
    }

    @Override
    public void close() {
        model.close();
    }
}

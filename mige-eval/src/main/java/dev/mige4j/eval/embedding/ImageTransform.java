package dev.mige4j.eval.embedding;

import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImagePreprocessing;
import dev.mige4j.image.Resampling;
import dev.mige4j.tensor.Tensor;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Turns images of any size into the input of an embedder, exact to the bit: the shorter side is resized (Pillow's
 * bicubic), the centre is cropped, the pixels are normalised.
 *
 * <pre>
 *   long side = trunc(size·long / short),   value = (byte / 255 - mean) / std
 * </pre>
 *
 * <p>Alpha is dropped, not composited. Read files with {@link ImageFile#readAsPillow}, which drops alpha and ignores
 * orientation and colour profile, as the published programs do. Only the pixels that are cropped are computed, so very
 * long images need no more memory than others. Source: docs/specification/evaluation.md section 5.
 */
public final class ImageTransform {

    /** Mean and standard deviation per channel of ImageNet. */
    private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f}, IMAGENET_STD = {0.229f, 0.224f, 0.225f};

    private final int size, cropSize;
    private final IntUnaryOperator cropOffset;
    private final float[] mean, std;

    private ImageTransform(int size, int cropSize, IntUnaryOperator cropOffset, float[] mean, float[] std) {
        this.size = size;
        this.cropSize = cropSize;
        this.cropOffset = cropOffset;
        this.mean = mean;
        this.std = std;
    }

    /** CLIP as in transformers, with its image processor for Pillow images; MIGE's evaluation uses it with side 224. */
    public static ImageTransform clip(int side) {
        return new ImageTransform(
                side, side, surplus -> surplus / 2, ImagePreprocessing.clipMean(), ImagePreprocessing.clipStd());
    }

    /**
     * CLIP as in openai/CLIP, which MagicBrush's evaluation uses: the crop is one pixel further to the right or the
     * bottom where the surplus is 3 modulo 4.
     */
    public static ImageTransform clipOpenAi(int side) {
        return new ImageTransform(
                side, side, ImageTransform::halfToEven, ImagePreprocessing.clipMean(), ImagePreprocessing.clipStd());
    }

    /** DINO as in MIGE's, MagicBrush's and KOSMOS-G's evaluations: resized to 256, cropped to 224. */
    public static ImageTransform dino() {
        return new ImageTransform(256, 224, ImageTransform::halfToEven, IMAGENET_MEAN, IMAGENET_STD);
    }

    /** As Python's {@code round(surplus / 2)}, which torchvision uses. */
    private static int halfToEven(int surplus) {
        return (int) Math.rint(surplus / 2.0);
    }

    /** Height and width of the result. */
    public int cropSize() {
        return cropSize;
    }

    /** The resized and cropped image, before it is normalised. */
    public Image resizeAndCrop(Image image) {
        int w = image.width(), h = image.height();
        int width = w <= h ? size : resizedLength(w, h), height = w <= h ? resizedLength(h, w) : size;
        return Resampling.BICUBIC.resize(
                image.withoutAlpha(),
                width,
                height,
                cropOffset.applyAsInt(width - cropSize),
                cropOffset.applyAsInt(height - cropSize),
                cropSize,
                cropSize);
    }

    private int resizedLength(int longSide, int shortSide) {
        return Math.toIntExact((long) size * longSide / shortSide);
    }

    /** The normalised planes of an image, [3, cropSize, cropSize]. */
    public float[] toPlanes(Image image) {
        return resizeAndCrop(image).toPlanes(mean, std);
    }

    /** The normalised planes of at least one image, [N, 3, cropSize, cropSize]. */
    public Tensor toTensor(List<Image> images) {
        return normalize(images.stream().map(this::resizeAndCrop).toList());
    }

    /** The normalised planes of at least one image from {@link #resizeAndCrop}, [N, 3, cropSize, cropSize]. */
    public Tensor normalize(List<Image> cropped) {
        int area = 3 * cropSize * cropSize;
        float[] planes = new float[Math.multiplyExact(cropped.size(), area)];
        for (int i = 0; i < cropped.size(); i++)
            System.arraycopy(cropped.get(i).toPlanes(mean, std), 0, planes, i * area, area);
        return Tensor.of(planes, cropped.size(), 3, cropSize, cropSize);
    }
}

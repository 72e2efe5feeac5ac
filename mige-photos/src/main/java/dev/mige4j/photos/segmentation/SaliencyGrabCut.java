package dev.mige4j.photos.segmentation;

import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.photos.annotation.BinaryMask;
import dev.mige4j.photos.annotation.ConnectedComponents;
import dev.mige4j.photos.annotation.MaskMorphology;
import dev.mige4j.photos.annotation.ObjectMask;
import dev.mige4j.photos.stage.Photo;
import dev.mige4j.photos.stage.PhotoStage;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;
import java.util.Optional;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * Finds the salient object without a model: GrabCut, started from {@link MinimumBarrierSaliency} above Otsu's
 * threshold; of the result, the largest connected part without holes. It works for one object in front of a calm
 * background. Photographs where saliency and GrabCut disagree are dropped ({@code no_object}).
 *
 * <p>Source of GrabCut: Rother et al. 2004, by way of OpenCV, in at most 480 pixels.
 */
public final class SaliencyGrabCut implements PhotoStage<Photo, List<ObjectMask>> {

    private static final int LONG_SIDE = 480, ITERATIONS = 5, LEVELS = 256, SEED = 1;

    /** The least IoU of the salient pixels and the object. */
    private static final double MIN_AGREEMENT = 0.5;

    @Override
    public StageResult<List<ObjectMask>> apply(Photo photo) {
        int width = photo.image().width(), height = photo.image().height();
        double scale = Math.min(1, LONG_SIDE / (double) Math.max(width, height));
        Image small = Resampling.BILINEAR.resize(photo.image(), (int) Math.max(1, Math.round(width * scale)), (int)
                Math.max(1, Math.round(height * scale)));
        BinaryMask salient = salient(small), object = grabCut(small, salient);
        if (object.area() == 0 || agreement(salient, object) < MIN_AGREEMENT)
            return StageResult.dropped("no_object", "%s: no object stands out against the background.", photo.path());
        BinaryMask whole = MaskMorphology.fillHoles(ConnectedComponents.largest(object));
        float[] inside = new float[small.width() * small.height()];
        for (int i = 0; i < inside.length; i++)
            inside[i] = whole.contains(i % small.width(), i / small.width()) ? 1 : 0;
        BinaryMask mask = new MaskMap(small.width(), small.height(), inside)
                .above(0.5f, small.width(), small.height(), width, height);
        return StageResult.kept(List.of(new ObjectMask(mask, Optional.empty())));
    }

    private static BinaryMask salient(Image image) {
        MaskMap saliency = MinimumBarrierSaliency.of(image);
        int width = image.width(), height = image.height();
        return saliency.above(otsuThreshold(saliency.values()), width, height, width, height);
    }

    /** The threshold between the two classes of values in 0..1 whose means differ most, weighted by their sizes. */
    private static float otsuThreshold(float[] values) {
        long[] counts = new long[LEVELS];
        double total = 0, below = 0, best = -1;
        for (float value : values) {
            int level = (int) (value * (LEVELS - 1) + 0.5f);
            counts[level]++;
            total += level;
        }
        int threshold = 0;
        long size = 0;
        for (int level = 0; level < LEVELS - 1; level++) {
            size += counts[level];
            below += (double) level * counts[level];
            if (size == 0 || size == values.length) continue;
            double difference = below / size - (total - below) / (values.length - size);
            double variance = (double) size * (values.length - size) * difference * difference;
            if (variance <= best) continue;
            best = variance;
            threshold = level;
        }
        return (threshold + 0.5f) / (LEVELS - 1);
    }

    private static BinaryMask grabCut(Image image, BinaryMask salient) {
        int width = image.width(), height = image.height();
        if (salient.area() == 0 || salient.area() == width * height) return salient;
        byte[] pixels = salient.toBytes();
        for (int i = 0; i < pixels.length; i++)
            pixels[i] = (byte) (pixels[i] != 0 ? opencv_imgproc.GC_PR_FGD : opencv_imgproc.GC_PR_BGD);
        opencv_core.setRNGSeed(SEED); // of this thread: GrabCut starts with k-means
        try (Mat photo = new Mat(height, width, opencv_core.CV_8UC3);
                Mat mask = new Mat(height, width, opencv_core.CV_8UC1);
                Mat background = new Mat();
                Mat foreground = new Mat();
                Rect unused = new Rect()) {
            photo.data().put(image.rgb());
            mask.data().put(pixels);
            opencv_imgproc.grabCut(
                    photo, mask, unused, background, foreground, ITERATIONS, opencv_imgproc.GC_INIT_WITH_MASK);
            mask.data().get(pixels);
        }
        for (int i = 0; i < pixels.length; i++) pixels[i] &= 1; // GC_FGD and GC_PR_FGD are odd
        return BinaryMask.of(width, height, pixels);
    }

    /** Intersection over union. */
    private static double agreement(BinaryMask a, BinaryMask b) {
        byte[] first = a.toBytes(), second = b.toBytes();
        int common = 0, union = 0;
        for (int i = 0; i < first.length; i++) {
            if (first[i] != 0 && second[i] != 0) common++;
            if (first[i] != 0 || second[i] != 0) union++;
        }
        return common / (double) Math.max(1, union);
    }
}

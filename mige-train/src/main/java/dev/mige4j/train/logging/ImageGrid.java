package dev.mige4j.train.logging;

import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.image.Image;
import dev.mige4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Arranges batches of images in a grid. */
public final class ImageGrid {

    private ImageGrid() {}

    /** One image with a row for each batch [n, 3, H, W] in [-1, 1]; rows may have different lengths. */
    public static Image rows(Tensor... batches) {
        long maxColumns = 0;
        for (Tensor batch : batches) maxColumns = Math.max(maxColumns, batch.size(0));
        long columns = maxColumns;
        List<Tensor> rows = Arrays.stream(batches).map(b -> row(b, columns)).toList();
        return ImageTensors.toImage(Tensor.cat(2, rows), 0);
    }

    /** [n, 3, H, W] to [1, 3, H, columns · W], grey where there is no image. */
    private static Tensor row(Tensor batch, long columns) {
        long n = batch.size(0), h = batch.size(2), w = batch.size(3);
        return batch.permute(1, 2, 0, 3).reshape(1, 3, h, n * w).pad(0, 0, (columns - n) * w);
    }
}

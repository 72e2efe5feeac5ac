package mige.train;

import java.util.List;
import mige.autoencoder.Pixels;
import mige.image.Picture;
import mige.tensor.Tensor;

/** Pictures side by side in one. */
final class Sheet {

    private Sheet() {}

    /** Each batch [n, 3, H, W] in [-1, 1] a row; rows may have fewer pictures than others. */
    static Picture rows(Tensor... batches) {
        long most = 0;
        for (Tensor batch : batches) most = Math.max(most, batch.size(0));
        long widest = most;
        List<Tensor> rows = java.util.Arrays.stream(batches).map(b -> row(b, widest)).toList();
        return Pixels.picture(Tensor.cat(2, rows), 0);
    }

    /** [n, 3, H, W] to [1, 3, H, most · W], grey where there is no picture. */
    private static Tensor row(Tensor batch, long most) {
        long n = batch.size(0), h = batch.size(2), w = batch.size(3);
        return batch.permute(1, 2, 0, 3).reshape(1, 3, h, n * w).pad(0, 0, (most - n) * w);
    }
}

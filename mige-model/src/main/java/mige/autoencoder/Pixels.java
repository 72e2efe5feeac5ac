package mige.autoencoder;

import mige.image.Picture;
import mige.tensor.DType;
import mige.tensor.Tensor;

/** Between 8-bit pictures and tensors [B, 3, H, W] in [-1, 1]. */
public final class Pixels {

    private Pixels() {}

    /** v / 255 · 2 − 1: [1, 3, H, W]. */
    public static Tensor of(Picture picture) {
        return Tensor.of(picture.rgb(), 1, picture.height(), picture.width(), 3).permute(0, 3, 1, 2).contiguous()
                .to(DType.F32).div(255).sub(0.5).div(0.5);
    }

    /** Item i of pictures [B, 3, H, W], rounded as {@link #bytes} does. */
    public static Picture picture(Tensor pictures, int i) {
        Tensor hwc = bytes(pictures.row(i)).squeeze(0).permute(1, 2, 0).contiguous();
        return Picture.of((int) hwc.size(1), (int) hwc.size(0), hwc.rawBytes());
    }

    /** (clamp(v) + 1) / 2 · 255 + 0.5, clamped to [0, 255] and cut to whole numbers: unsigned bytes of the same shape. */
    public static Tensor bytes(Tensor pictures) {
        return pictures.clamp(-1, 1).add(1).div(2).mul(255).add(0.5).clamp(0, 255).to(DType.U8);
    }
}

package dev.mige4j.autoencoder;

import dev.mige4j.image.Image;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;

/** Conversion between 8-bit images and tensors [B, 3, H, W] in [-1, 1]. */
public final class ImageTensors {

    private ImageTensors() {}

    /** An image as a tensor of v / 255 · 2 − 1: [1, 3, H, W]. */
    public static Tensor toTensor(Image image) {
        return Tensor.of(image.rgb(), 1, image.height(), image.width(), 3)
                .permute(0, 3, 1, 2)
                .contiguous()
                .to(DType.F32)
                .div(255)
                .sub(0.5)
                .div(0.5);
    }

    /** Item i of images [B, 3, H, W], rounded as in {@link #toBytes}. */
    public static Image toImage(Tensor images, int i) {
        Tensor hwc = toBytes(images.row(i)).squeeze(0).permute(1, 2, 0).contiguous();
        return Image.of((int) hwc.size(1), (int) hwc.size(0), hwc.toByteArray());
    }

    /**
     * Converts to unsigned bytes of the same shape: (clamp(v) + 1) / 2 · 255 + 0.5, clamped to [0, 255] and truncated.
     */
    public static Tensor toBytes(Tensor images) {
        return images.clamp(-1, 1).add(1).div(2).mul(255).add(0.5).clamp(0, 255).to(DType.U8);
    }
}

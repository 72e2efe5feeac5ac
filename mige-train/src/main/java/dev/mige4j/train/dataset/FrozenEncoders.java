package dev.mige4j.train.dataset;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Runs the frozen autoencoder and vision encoder on images; returns bfloat16 bytes for the {@link FeatureCache}. Both
 * compute in the training's type.
 */
public record FrozenEncoders(ModelConfig config, AutoEncoder autoencoder, MultimodalEncoder encoder, DType dtype) {

    private static final int CPU_BATCH_SIZE = 16, GPU_BATCH_SIZE = 256;

    private interface BatchEncoder<T> {
        Tensor encode(List<T> images);
    }

    /** Mean and standard deviation [2c, h, w] of the latent of each image of the model's size. */
    public List<byte[]> moments(List<Image> images) {
        return encodeInBatches(images, batch -> {
            float[] planes = concatPlanes(batch, Image::toPlanes);
            DiagonalGaussian m = autoencoder.latentDistribution(
                    Tensor.of(planes, batch.size(), 3, config.imageSize(), config.imageSize())
                            .to(dtype));
            return Tensor.cat(1, m.mean(), m.std());
        });
    }

    /** Output of the vision encoder [T, W] for each of its inputs [3, side, side]. */
    public List<byte[]> visionFeatures(List<float[]> inputs) {
        int side = config.encoder().vision().imageSize();
        return encodeInBatches(
                inputs,
                batch -> encoder.visionFeatures(
                        Tensor.of(concatPlanes(batch, planes -> planes), batch.size(), 3, side, side)));
    }

    private static <T> List<byte[]> encodeInBatches(List<T> images, BatchEncoder<T> encoder) {
        List<byte[]> encoded = new ArrayList<>();
        int batchSize = Engine.instance().isCpu() ? CPU_BATCH_SIZE : GPU_BATCH_SIZE;
        for (int from = 0; from < images.size(); from += batchSize) {
            List<T> batch = images.subList(from, Math.min(images.size(), from + batchSize));
            byte[] bytes = Scope.scoped(() ->
                    Tensor.noGrad(() -> encoder.encode(batch).to(DType.BF16).toByteArray()));
            int bytesPerImage = bytes.length / batch.size();
            for (int i = 0; i < batch.size(); i++)
                encoded.add(Arrays.copyOfRange(bytes, i * bytesPerImage, (i + 1) * bytesPerImage));
        }
        return encoded;
    }

    private static <T> float[] concatPlanes(List<T> images, Function<T, float[]> toPlanes) {
        List<float[]> perImage = images.parallelStream().map(toPlanes).toList();
        float[] all = new float[perImage.size() * perImage.get(0).length];
        for (int i = 0; i < perImage.size(); i++)
            System.arraycopy(perImage.get(i), 0, all, i * perImage.get(i).length, perImage.get(i).length);
        return all;
    }

    /** Concatenates byte arrays. */
    public static byte[] concat(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}

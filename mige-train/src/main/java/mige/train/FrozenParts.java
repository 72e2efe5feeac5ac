package mige.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Moments;
import mige.encoder.MultimodalEncoder;
import mige.image.Framing;
import mige.image.Picture;
import mige.pipeline.ModelConfig;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;

/** What autoencoder and image tower say of pictures, as bytes for the {@link RecordCache}; both compute in the training's type. */
record FrozenParts(ModelConfig config, AutoEncoder autoencoder, MultimodalEncoder encoder, DType compute) {

    private static final int AT_ONCE = 16;

    private interface Encoding {
        Tensor of(List<Picture> pictures);
    }

    /** Means and deviations [2c, h, w] of each picture of the model's size, bfloat16. */
    List<byte[]> moments(List<Picture> pictures) {
        return each(pictures, some -> {
            float[] planes = planes(some, Picture::planes);
            Moments m = autoencoder.moments(Tensor.of(planes, some.size(), 3, config.pictureSize(), config.pictureSize()).to(compute));
            return Tensor.cat(1, m.mean(), m.deviation());
        });
    }

    /** Features of the frozen tower [T, W] of each picture of any size, bfloat16. */
    List<byte[]> tower(List<Picture> pictures) {
        int side = config.encoder().vision().side();
        return each(pictures, some -> encoder.visionFeatures(Tensor.of(planes(some, p -> Framing.encoderPlanes(p, side)), some.size(), 3, side, side)));
    }

    private static List<byte[]> each(List<Picture> pictures, Encoding encoding) {
        List<byte[]> all = new ArrayList<>();
        for (int from = 0; from < pictures.size(); from += AT_ONCE) {
            List<Picture> some = pictures.subList(from, Math.min(pictures.size(), from + AT_ONCE));
            byte[] bytes = Scope.scoped(() -> Tensor.withoutGradients(() -> encoding.of(some).to(DType.BF16).rawBytes()));
            int one = bytes.length / some.size();
            for (int i = 0; i < some.size(); i++) all.add(Arrays.copyOfRange(bytes, i * one, (i + 1) * one));
        }
        return all;
    }

    private static float[] planes(List<Picture> pictures, Function<Picture, float[]> of) {
        List<float[]> each = pictures.stream().map(of).toList();
        float[] all = new float[each.size() * each.get(0).length];
        for (int i = 0; i < each.size(); i++) System.arraycopy(each.get(i), 0, all, i * each.get(i).length, each.get(i).length);
        return all;
    }

    /** Byte arrays end to end. */
    static byte[] joined(List<byte[]> parts) {
        byte[] all = new byte[parts.stream().mapToInt(p -> p.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}

package dev.mige4j.parity;

import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.tensor.DType;
import java.util.Map;

/** Reads the sizes of the denoiser from a golden. */
final class DenoiserSizes {

    private DenoiserSizes() {}

    /** The configuration of the denoiser: from the shapes of stored weights, else from the metadata. */
    static Denoiser.Config config(Golden golden) {
        Map<String, long[]> shapes = golden.weightShapes();
        int hidden = golden.configInt("hidden"),
                patch = golden.configInt("patch", 2),
                channels = golden.configInt("in_channels", 4),
                depth = golden.configInt("depth", 1);
        if (shapes.containsKey("x_embedder.proj.weight")) {
            long[] s = shapes.get("x_embedder.proj.weight");
            hidden = (int) s[0];
            channels = (int) s[1] / 2;
            patch = (int) s[2];
            while (shapes.containsKey("blocks." + depth + ".scale_shift_table")) depth++;
        } else if (golden.has("input.x") && golden.shape("input.x").length == 4) {
            channels = (int) golden.shape("input.x")[1];
        }
        double ratio = shapes.containsKey("blocks.0.mlp.fc1.bias")
                ? (double) shapes.get("blocks.0.mlp.fc1.bias")[0] / hidden
                : golden.config().path("mlp_ratio").asDouble(4);
        return new Denoiser.Config(
                channels,
                golden.configInt("latent", patch),
                patch,
                hidden,
                depth,
                golden.configInt("heads"),
                golden.configInt("caption", 1),
                golden.configInt("tokens", 1),
                ratio,
                golden.config().path("lewei").asDouble(1));
    }

    /** The number of valid text tokens of each item, from the mask. */
    static int[] maskLengths(Golden golden) {
        float[] validCounts =
                golden.get("input.mask").to(DType.F32).sum(false, 1).toFloatArray();
        int[] lengths = new int[validCounts.length];
        for (int i = 0; i < lengths.length; i++) lengths[i] = Math.round(validCounts[i]);
        return lengths;
    }
}

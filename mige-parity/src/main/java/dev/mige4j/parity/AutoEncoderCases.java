package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.autoencoder.AttentionBlock;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.autoencoder.MidBlock;
import dev.mige4j.autoencoder.ResnetBlock;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;

/** The autoencoder and its middle block. */
final class AutoEncoderCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("vae_mid", AutoEncoderCases::vaeMidBlock),
            GoldenKind.single("vae", AutoEncoderCases::autoencoder));

    private AutoEncoderCases() {}

    private static void autoencoder(Golden golden, SoftAssertions checks) {
        JsonNode c = golden.config();
        List<Integer> channels = new ArrayList<>();
        c.path("block_out_channels").forEach(n -> channels.add(n.asInt()));
        var config = new AutoEncoder.Config(
                golden.configInt("latent_channels"),
                channels,
                golden.configInt("layers_per_block"),
                golden.configInt("norm_num_groups"),
                1,
                c.path("scaling_factor").asDouble());
        AutoEncoder model = new AutoEncoder(config, golden.weights());

        DiagonalGaussian moments = model.latentDistribution(golden.get("input.image"));
        checks.assertClose("mean", golden.get("output.mean"), moments.mean());
        checks.assertClose("logvar", golden.get("output.logvar"), moments.logVariance());
        checks.assertClose("std", golden.get("output.std"), moments.std());
        checks.assertClose("sample", golden.get("output.sample"), moments.sample(golden.get("input.noise")));
        checks.assertClose(
                "image", golden.get("output.image"), model.decode(new Latent(golden.get("input.scaled_latent"))));
        if (golden.has("input.moments_extreme")) {
            DiagonalGaussian extreme = DiagonalGaussian.of(golden.get("input.moments_extreme"));
            checks.assertClose("extreme_mean", golden.get("output.extreme_mean"), extreme.mean());
            checks.assertClose("extreme_std", golden.get("output.extreme_std"), extreme.std());
        }
        checks.assertCloseAbsolute(
                "saved_bytes",
                golden.get("output.saved_bytes").to(DType.F32),
                ImageTensors.toBytes(golden.get("input.save_image")).to(DType.F32),
                1);
    }

    private static void vaeMidBlock(Golden golden, SoftAssertions checks) {
        Tensor x = golden.get("input.x");
        int channels = (int) x.size(1), groups = golden.configInt("norm_num_groups", 32);
        Weights weights = golden.weights();
        MidBlock block = new MidBlock(weights, channels, groups);
        checks.assertClose(
                "attention",
                golden.get("intermediate.attention"),
                new AttentionBlock(weights.at("attentions").at(0), channels, groups)
                        .forward(new ResnetBlock(weights.at("resnets").at(0), channels, channels, groups).forward(x)));
        checks.assertClose("out", golden.get("output.out"), block.forward(x));
    }
}

package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.DitBlock;
import dev.mige4j.denoiser.FinalLayer;
import dev.mige4j.denoiser.PatchEmbedding;
import dev.mige4j.denoiser.SinCosPositionEmbedding;
import dev.mige4j.denoiser.TextProjection;
import dev.mige4j.denoiser.TimestepEmbedding;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The denoiser and its components. */
final class DenoiserCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("timestep_embedding", DenoiserCases::timestepEmbedding),
            GoldenKind.single("pos_embed", DenoiserCases::positionEmbedding),
            GoldenKind.single("dit_block", DenoiserCases::ditBlock),
            GoldenKind.slow("dit_full", DenoiserCases::fullSizeDenoiser),
            GoldenKind.single("dit", DenoiserCases::denoiser));

    /** bfloat16 against float32 at rounded timesteps: the reference's own results differ by 0.7 to 1.4 %. */
    private static final double BF16_FORWARD_TOLERANCE = 0.02;

    private static final double POSITION_TOLERANCE = 1e-5;

    private static final Pattern POSITION_TABLE_NAME =
            Pattern.compile("dim(\\d+)_grid(\\d+)_lewei([\\d.]+)_base(\\d+)");

    private DenoiserCases() {}

    private static void timestepEmbedding(Golden golden, SoftAssertions checks) {
        Tensor t = golden.get("input.t");
        long width = golden.shape("output.freq")[1], odd = golden.shape("output.freq_odd")[1];
        checks.assertClose(
                "freq",
                golden.get("output.freq"),
                TimestepEmbedding.sinusoidalEmbedding(t, (int) width, TimestepRounding.NONE));
        checks.assertClose(
                "freq_odd",
                golden.get("output.freq_odd"),
                TimestepEmbedding.sinusoidalEmbedding(t, (int) odd, TimestepRounding.NONE));
        checks.assertCloseL2(
                "freq_bf16",
                golden.get("output.freq_bf16"),
                TimestepEmbedding.sinusoidalEmbedding(t, (int) width, TimestepRounding.BF16),
                1e-4);
        checks.assertClose("t_bf16", golden.get("output.t_bf16"), t.to(DType.BF16), 0);
        Weights weights = golden.weights();
        var embedded = new TimestepEmbedding(
                        DenoiserSizes.config(golden), weights.at("t_embedder"), weights.at("t_block"))
                .forward(t, TimestepRounding.NONE);
        checks.assertClose("t", golden.get("output.t"), embedded.te());
        checks.assertClose("t0", golden.get("output.t0"), embedded.t0().view(golden.shape("output.t0")));
    }

    private static void positionEmbedding(Golden golden, SoftAssertions checks) {
        for (String name : golden.names("output.")) {
            Matcher m = POSITION_TABLE_NAME.matcher(name);
            if (!m.matches()) continue;
            int width = Integer.parseInt(m.group(1)),
                    side = Integer.parseInt(m.group(2)),
                    base = Integer.parseInt(m.group(4));
            Tensor table = SinCosPositionEmbedding.table(width, side, side, base, Double.parseDouble(m.group(3)));
            checks.assertClose(name, golden.get("output." + name), table.squeeze(0), POSITION_TOLERANCE);
        }
    }

    private static void ditBlock(Golden golden, SoftAssertions checks) {
        golden.names("probe.").forEach(name -> {
            JsonNode formula = golden.metadata("formula").path(name);
            Tensor expected = golden.get("probe." + name);
            checks.assertCloseAbsolute(
                    "probe of " + name,
                    expected,
                    ProceduralTensors.lowbias32Tensor(
                            formula.get(0).asLong(),
                            formula.get(1).asDouble(),
                            formula.path(2).asDouble(0),
                            expected.shape()),
                    0);
        });
        Tensor x = golden.get("input.x"), textTokens = golden.get("input.y"), t0 = golden.get("input.t0");
        DitBlock block = new DitBlock(DenoiserSizes.config(golden), golden.weights());
        checks.assertClose(
                "out",
                golden.get("output.out"),
                block.forward(x, block.textKeyValues(textTokens, null), t0.view(t0.size(0), 6, -1)));
    }

    private static void denoiser(Golden golden, SoftAssertions checks) {
        Denoiser.Config config = DenoiserSizes.config(golden);
        Weights weights = golden.weights();
        Tensor x = golden.get("input.x"),
                source = golden.get("input.source"),
                t = golden.get("input.timestep"),
                text = golden.get("input.text");
        int[] lengths = DenoiserSizes.maskLengths(golden);

        var patchEmbedding = new PatchEmbedding(config, weights.at("x_embedder").at("proj"));
        Tensor tokens = patchEmbedding.forward(x, source);
        checks.assertClose("x_embedder", golden.get("intermediate.x_embedder"), tokens);
        int side = config.latentSize() / config.patchSize();
        tokens = tokens.add(
                SinCosPositionEmbedding.table(config.hiddenSize(), side, side, side, config.interpolationScale()));
        checks.assertClose("x0", golden.get("intermediate.x0"), tokens);
        var time = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block"))
                .forward(t, TimestepRounding.NONE);
        checks.assertClose("t0", golden.get("intermediate.t0"), time.t0().view(golden.shape("intermediate.t0")));
        Tensor textTokens = new TextProjection(config, weights.at("y_embedder").at("y_proj")).forward(text);
        checks.assertClose("y_embedder", golden.get("intermediate.y_embedder"), textTokens.unsqueeze(1));
        checks.assertClose("y_packed", golden.get("intermediate.y_packed"), packTokens(textTokens, lengths));
        for (int i = 0; golden.has("intermediate.block" + i); i++) {
            DitBlock block = new DitBlock(config, weights.at("blocks").at(i));
            tokens = forwardPerItem(block, tokens, textTokens, lengths, time.t0());
            checks.assertClose("block" + i, golden.get("intermediate.block" + i), tokens);
        }
        checks.assertClose(
                "final_layer",
                golden.get("intermediate.final_layer"),
                new FinalLayer(config, weights.at("final_layer")).forward(tokens, time.te()));

        Denoiser denoiser = new Denoiser(config, weights);
        checks.assertClose("out", golden.get("output.out"), denoiser.forward(x, source, t, text, lengths));
        checks.assertClose(
                "vae_features", golden.get("output.vae_features"), denoiser.patchFeatures(golden.get("input.ref_vae")));
        Tensor rounded = t.to(DType.BF16).to(DType.F32);
        checks.assertCloseL2(
                "out_bf16",
                golden.get("output.out_bf16"),
                denoiser.forward(x, source, rounded, text, lengths),
                BF16_FORWARD_TOLERANCE);
    }

    private static Tensor packTokens(Tensor textTokens, int[] lengths) {
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) rows.add(textTokens.row(i).narrow(1, 0, lengths[i]));
        return Tensor.cat(1, rows);
    }

    private static Tensor forwardPerItem(DitBlock block, Tensor tokens, Tensor textTokens, int[] lengths, Tensor t0) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            out.add(block.forward(
                    tokens.row(i), block.textKeyValues(textTokens.row(i).narrow(1, 0, lengths[i]), null), t0.row(i)));
        }
        return Tensor.cat(0, out);
    }

    /**
     * The network at its published size. Its weights are generated block by block, so that they never are all in
     * memory.
     */
    private static void fullSizeDenoiser(Golden golden, SoftAssertions checks) {
        Denoiser.Config config = DenoiserSizes.config(golden);
        Weights weights = golden.weights();
        Tensor x = golden.get("input.x"), source = golden.get("input.source"), t = golden.get("input.timestep");
        Tensor text = golden.get("input.text" + golden.names("input.text").get(0));
        if (golden.has("input.mask")) text = text.narrow(1, 0, DenoiserSizes.maskLengths(golden)[0]);
        int side = config.latentSize() / config.patchSize();
        Tensor textTokens = new TextProjection(config, weights.at("y_embedder").at("y_proj")).forward(text);
        Tensor positions =
                SinCosPositionEmbedding.table(config.hiddenSize(), side, side, side, config.interpolationScale());
        if (golden.has("intermediate.pos_embed_first8")) {
            checks.assertClose(
                    "pos_embed",
                    golden.get("intermediate.pos_embed_first8"),
                    firstTokens(positions, golden.shape("intermediate.pos_embed_first8")));
        }
        Tensor initialTokens = new PatchEmbedding(
                        config, weights.at("x_embedder").at("proj"))
                .forward(x, source)
                .add(positions);
        var embedding = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block"));
        var timeFloat32 = embedding.forward(t, TimestepRounding.NONE);
        var timeBf16 = embedding.forward(t, TimestepRounding.BF16);
        boolean hasBf16 = golden.has("output.out_bf16");
        Tensor[] tokens = {initialTokens, initialTokens};
        for (int i = 0; i < config.depth(); i++) {
            int n = i;
            Tensor[] previous = tokens;
            tokens = Scope.scoped(() -> {
                DitBlock block = new DitBlock(config, weights.at("blocks").at(n));
                DitBlock.TextKeyValues textKeyValues = block.textKeyValues(textTokens, null);
                return new Tensor[] {
                    block.forward(previous[0], textKeyValues, timeFloat32.t0()),
                    hasBf16 ? block.forward(previous[1], textKeyValues, timeBf16.t0()) : previous[1]
                };
            });
            String name = "intermediate.block" + i + "_first8";
            if (golden.has(name))
                checks.assertClose("block" + i, golden.get(name), firstTokens(tokens[0], golden.shape(name)));
        }
        FinalLayer finalLayer = new FinalLayer(config, weights.at("final_layer"));
        checks.assertClose(
                "out",
                golden.get("output.out"),
                unpatchify(finalLayer.forward(tokens[0], timeFloat32.te()), config, golden.shape("output.out")));
        if (hasBf16)
            checks.assertCloseL2(
                    "out_bf16",
                    golden.get("output.out_bf16"),
                    unpatchify(finalLayer.forward(tokens[1], timeBf16.te()), config, golden.shape("output.out")),
                    BF16_FORWARD_TOLERANCE);
    }

    private static Tensor firstTokens(Tensor tokens, long[] shape) {
        return tokens.narrow(1, 0, shape[1]);
    }

    private static Tensor unpatchify(Tensor values, Denoiser.Config config, long[] shape) {
        int p = config.patchSize();
        return values.view(shape[0], shape[2] / p, shape[3] / p, p, p, shape[1])
                .permute(0, 5, 1, 3, 2, 4)
                .reshape(shape);
    }
}

package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.autoencoder.AttentionBlock;
import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.DiagonalGaussian;
import dev.mige4j.autoencoder.ImageTensors;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.autoencoder.MidBlock;
import dev.mige4j.autoencoder.ResnetBlock;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.DitBlock;
import dev.mige4j.denoiser.FinalLayer;
import dev.mige4j.denoiser.PatchEmbedding;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.denoiser.SinCosPositionEmbedding;
import dev.mige4j.denoiser.TextProjection;
import dev.mige4j.denoiser.TimestepEmbedding;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.sampler.DpmSolver;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything from noise to picture: denoiser, guidance, schedule, solver, autoencoder. Source:
 * docs/specification/diffusion.md section 12.
 */
final class DiffusionCases {

    /**
     * Float32 scalars: near t = 0 one rounding of exp moves 1 - exp(2 log alpha) by 3e-4 of itself, and lambda by 3e-6
     * of its largest.
     */
    private static final double SCHEDULE_TOLERANCE = 1e-5;
    /**
     * bfloat16 against float32 at rounded times: 0.7 to 1.4 % were measured between the reference's own two results.
     */
    private static final double BF16_FORWARD_TOLERANCE = 0.02;
    /** One unit in the last place of a combination in bfloat16. */
    private static final double BF16_GUIDANCE_TOLERANCE = 1.0 / 256;

    private static final Pattern POSITION_TABLE_NAME =
            Pattern.compile("dim(\\d+)_grid(\\d+)_lewei([\\d.]+)_base(\\d+)");
    private static final Pattern GUIDANCE_NAME = Pattern.compile("(eps|bf16_combine)_y([\\d.]+?)(?:_s([\\d.]+))?");
    private static final Pattern STEPS_NAME = Pattern.compile("steps(\\d+)(?:_s([\\d.]+))?");

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("timestep_embedding", DiffusionCases::timestepEmbedding),
            GoldenKind.single("pos_embed", DiffusionCases::positionEmbedding),
            GoldenKind.single("dit_block", DiffusionCases::ditBlock),
            GoldenKind.slow("dit_full", DiffusionCases::fullSizeDenoiser),
            GoldenKind.single("dit", DiffusionCases::denoiser),
            GoldenKind.single("guidance", DiffusionCases::guidance),
            GoldenKind.single("noise_schedule", DiffusionCases::noiseSchedule),
            GoldenKind.single("dpm_solver_analytic", DiffusionCases::dpmSolverAnalytic),
            GoldenKind.of("dpm_solver", DiffusionCases::dpmSolverTrajectories),
            GoldenKind.single("vae_mid", DiffusionCases::vaeMidBlock),
            GoldenKind.single("vae", DiffusionCases::autoencoder));

    private DiffusionCases() {}

    // ---- denoiser
    // --------------------------------------------------------------------------------------------------------------

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
        var embedded = new TimestepEmbedding(denoiserConfig(golden), weights.at("t_embedder"), weights.at("t_block"))
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
            checks.assertClose(name, golden.get("output." + name), table.squeeze(0), SCHEDULE_TOLERANCE);
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
        DitBlock block = new DitBlock(denoiserConfig(golden), golden.weights());
        checks.assertClose(
                "out",
                golden.get("output.out"),
                block.forward(x, block.textKeyValues(textTokens, null), t0.view(t0.size(0), 6, -1)));
    }

    private static void denoiser(Golden golden, SoftAssertions checks) {
        Denoiser.Config config = denoiserConfig(golden);
        Weights weights = golden.weights();
        Tensor x = golden.get("input.x"),
                source = golden.get("input.source"),
                t = golden.get("input.timestep"),
                text = golden.get("input.text");
        int[] lengths = maskLengths(golden);

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

    /** The network at its true size: its weights come from a formula and are never all in memory. */
    private static void fullSizeDenoiser(Golden golden, SoftAssertions checks) {
        Denoiser.Config config = denoiserConfig(golden);
        Weights weights = golden.weights();
        Tensor x = golden.get("input.x"), source = golden.get("input.source"), t = golden.get("input.timestep");
        Tensor text = golden.get("input.text" + golden.names("input.text").get(0));
        if (golden.has("input.mask")) text = text.narrow(1, 0, maskLengths(golden)[0]);
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

    // ---- guidance, schedule, solver
    // --------------------------------------------------------------------------------------------

    private static void guidance(Golden golden, SoftAssertions checks) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        float[] continuous = golden.get("input.t_continuous").toFloatArray(), input = new float[continuous.length];
        for (int i = 0; i < input.length; i++) input[i] = schedule.modelTimestep(continuous[i]);
        checks.assertCloseAbsolute("t_input", golden.get("input.t_input"), Tensor.of(input, input.length), 0);

        List<Branch> branches = branches(golden);
        Tensor x = golden.get("input.x");
        Denoiser denoiser = new Denoiser(denoiserConfig(golden), golden.weights());
        Tensor predictions =
                prepared(golden, denoiser, branches).predict(x, input[0]).narrow(1, 0, x.size(1));
        List<Tensor> actualEps = new ArrayList<>(), expectedEps = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            String name =
                    switch (branches.get(i)) {
                        case UNCONDITIONAL -> "null_text_zero_source_eps";
                        case IMAGE -> "null_text_eps";
                        case IMAGE_AND_TEXT -> "cond_eps";
                    };
            actualEps.add(predictions.narrow(0, i * x.size(0), x.size(0)));
            expectedEps.add(golden.get("intermediate." + name));
            checks.assertClose(name, expectedEps.get(i), actualEps.get(i));
        }
        for (String name : golden.names("output.")) {
            Matcher m = GUIDANCE_NAME.matcher(name);
            if (!m.matches()) continue;
            Tensor expected = golden.get("output." + name);
            Guidance guidance = new Guidance(
                    Double.parseDouble(m.group(2)), m.group(3) == null ? 1 : Double.parseDouble(m.group(3)));
            if (m.group(1).equals("bf16_combine")) {
                checks.assertClose(
                        name,
                        expected,
                        guidance.combine(
                                branches,
                                expectedEps.stream().map(e -> e.to(DType.BF16)).toList()),
                        BF16_GUIDANCE_TOLERANCE);
            } else {
                checks.assertClose(name, expected, guidance.combine(branches, actualEps));
                List<Branch> needed = guidance.branches();
                checks.assertClose(
                        name + " without the branches that cancel",
                        expected,
                        guidance.combine(
                                needed,
                                needed.stream()
                                        .map(b -> actualEps.get(branches.indexOf(b)))
                                        .toList()));
            }
        }
    }

    /** Branches as the reference runs them: a subject's canvas is blank, so its first branch is the second. */
    private static List<Branch> branches(Golden golden) {
        boolean edit = golden.config().path("kind").asText(golden.kind()).contains("edit");
        return edit ? List.of(Branch.values()) : List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT);
    }

    private static PreparedDenoiser prepared(Golden golden, Denoiser denoiser, List<Branch> branches) {
        return denoiser.prepare(
                branches,
                golden.get("input.source"),
                golden.get("input.text"),
                maskLengths(golden),
                TimestepRounding.NONE);
    }

    private static void noiseSchedule(Golden golden, SoftAssertions checks) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        checks.assertClose("betas", golden.get("output.betas").toDoubleArray(), schedule.betas(), 1e-12);
        checks.assertClose(
                "alphas_cumprod", golden.get("output.alphas_cumprod").toDoubleArray(), schedule.alphasCumprod(), 1e-12);
        checks.assertClose(
                "log_alpha_array",
                golden.get("output.log_alpha_array"),
                tensor(schedule.logAlphas()),
                SCHEDULE_TOLERANCE);
        checks.assertClose("t_array", golden.get("output.t_array"), tensor(schedule.times()), 0);
        float[] t = golden.get("input.t").toFloatArray();
        checks.assertClose("log_alpha", golden.get("output.log_alpha"), schedule.logAlpha(t), SCHEDULE_TOLERANCE);
        checks.assertClose("alpha", golden.get("output.alpha"), schedule.alpha(t), SCHEDULE_TOLERANCE);
        checks.assertClose("sigma", golden.get("output.sigma"), schedule.sigma(t), SCHEDULE_TOLERANCE);
        Tensor lambda = schedule.lambda(t);
        checks.assertClose("lambda", golden.get("output.lambda"), lambda, SCHEDULE_TOLERANCE);
        if (golden.has("output.inverse_lambda")) {
            float[] lambdas = golden.get("output.lambda").toFloatArray(),
                    selected = new float[(int) golden.shape("output.inverse_lambda")[0]];
            for (int i = 0; i < selected.length; i++) selected[i] = lambdas[4 * i];
            checks.assertClose(
                    "inverse_lambda",
                    golden.get("output.inverse_lambda"),
                    tensor(schedule.inverseLambda(selected)),
                    1e-5);
        }
        for (String name : golden.names("output.steps")) {
            if (name.endsWith(".t"))
                checkSteps(golden, checks, schedule, "output.steps" + name.substring(0, name.length() - 1));
        }
    }

    private static void checkSteps(Golden golden, SoftAssertions checks, NoiseSchedule schedule, String prefix) {
        float[] t = schedule.timesteps((int) golden.shape(prefix + "t")[0] - 1), input = new float[t.length];
        for (int i = 0; i < t.length; i++) input[i] = schedule.modelTimestep(t[i]);
        checks.assertCloseAbsolute(prefix + "t", golden.get(prefix + "t"), tensor(t), 0);
        checks.assertCloseAbsolute(prefix + "t_input", golden.get(prefix + "t_input"), tensor(input), 0);
        checks.assertCloseAbsolute(
                prefix + "t_input_bf16",
                golden.get(prefix + "t_input_bf16"),
                tensor(input).to(DType.BF16),
                0);
        checks.assertClose(prefix + "lambda", golden.get(prefix + "lambda"), schedule.lambda(t), SCHEDULE_TOLERANCE);
        checks.assertClose(prefix + "alpha", golden.get(prefix + "alpha"), schedule.alpha(t), SCHEDULE_TOLERANCE);
        checks.assertClose(prefix + "sigma", golden.get(prefix + "sigma"), schedule.sigma(t), SCHEDULE_TOLERANCE);
        DpmSolver.Coefficients c = new DpmSolver.Coefficients(schedule, t.length - 1);
        checks.assertClose(prefix + "h", golden.get(prefix + "h"), tensor(c.h()), SCHEDULE_TOLERANCE);
        checks.assertClose(
                prefix + "sigma_ratio", golden.get(prefix + "sigma_ratio"), tensor(c.sigmaRatio()), SCHEDULE_TOLERANCE);
        checks.assertClose(
                prefix + "alpha_phi1",
                golden.get(prefix + "alpha_phi1"),
                tensor(c.dataCoefficient()),
                SCHEDULE_TOLERANCE);
        checks.assertClose(
                prefix + "inv_r0",
                golden.get(prefix + "inv_r0"),
                tensor(c.inverseR()).narrow(0, 1, t.length - 2),
                SCHEDULE_TOLERANCE);
    }

    private static Tensor tensor(float[] values) {
        return Tensor.of(values, values.length);
    }

    private static void dpmSolverAnalytic(Golden golden, SoftAssertions checks) {
        JsonNode c = golden.metadata("coefficients");
        double constant = c.get(0).asDouble(),
                slope = c.get(1).asDouble(),
                offset = c.get(2).asDouble();
        NoiseModel model = (x, t) ->
                x.mul((float) ((float) ((float) t / 1000) * slope + constant)).add(offset);
        checkTrajectories(golden, checks, "input.x", (steps, imageGuidance) -> model);
    }

    private static List<ParityCase> dpmSolverTrajectories(Golden golden) {
        return List.of(new ParityCase(golden.name(), golden.configInt("latent", 64) > 32, checks -> {
            Denoiser denoiser = new Denoiser(denoiserConfig(golden), golden.weights());
            List<Branch> branches = branches(golden);
            var prepared = prepared(golden, denoiser, branches);
            checkTrajectories(golden, checks, "input.noise", (steps, imageGuidance) -> new Guidance(
                            golden.metadata("cfg_scale_y").asDouble(), imageGuidance)
                    .around(branches, prepared::predict, DType.F32));
        }));
    }

    private interface NoiseModelFactory {
        NoiseModel create(int steps, double imageGuidance);
    }

    /** Every {@code steps*} of a golden: all states that it holds. */
    private static void checkTrajectories(
            Golden golden, SoftAssertions checks, String noise, NoiseModelFactory modelFactory) {
        DpmSolver solver = new DpmSolver(NoiseSchedule.linear());
        for (String name : golden.names("output.")) {
            if (!name.endsWith(".x")) continue;
            String run = name.substring(0, name.length() - 2);
            Matcher m = STEPS_NAME.matcher(run);
            if (!m.matches()) continue;
            int steps = Integer.parseInt(m.group(1));
            double imageGuidance = m.group(2) == null ? 1 : Double.parseDouble(m.group(2));
            List<Tensor> states = new ArrayList<>();
            NoiseModel model = modelFactory.create(steps, imageGuidance);
            Tensor result = Scope.scoped(() -> solver.sample(
                    golden.get(noise),
                    (x, t) -> {
                        states.add(Scope.unscoped(x::copy));
                        return model.predict(x, t);
                    },
                    steps,
                    DpmSolver.StepListener.NONE));
            states.add(result);
            checks.assertClose(run, golden.get("output." + run + ".x"), result);
            checkStridedStates(golden, checks, run + ".trajectory", states, 1);
            checkStridedStates(golden, checks, run + ".trajectory_every5", states, 5);
        }
    }

    private static void checkStridedStates(
            Golden golden, SoftAssertions checks, String name, List<Tensor> states, int stride) {
        if (!golden.has("output." + name)) return;
        List<Tensor> selected = new ArrayList<>();
        for (int i = 0; i < states.size(); i += stride) selected.add(states.get(i));
        checks.assertClose(name, golden.get("output." + name), Tensor.stack(0, selected));
    }

    // ---- autoencoder
    // -----------------------------------------------------------------------------------------------------------

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

    // ---- sizes
    // -----------------------------------------------------------------------------------------------------------------

    /** The denoiser's sizes: the shapes of the weights where they are stored, else the metadata. */
    private static Denoiser.Config denoiserConfig(Golden golden) {
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

    /** How many leading ones each row of the mask has. */
    private static int[] maskLengths(Golden golden) {
        float[] validCounts =
                golden.get("input.mask").to(DType.F32).sum(false, 1).toFloatArray();
        int[] lengths = new int[validCounts.length];
        for (int i = 0; i < lengths.length; i++) lengths[i] = Math.round(validCounts[i]);
        return lengths;
    }
}

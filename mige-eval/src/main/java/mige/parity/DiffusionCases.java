package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import mige.autoencoder.AttentionBlock;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Latent;
import mige.autoencoder.MidBlock;
import mige.autoencoder.Moments;
import mige.autoencoder.Pixels;
import mige.autoencoder.ResnetBlock;
import mige.denoiser.Branch;
import mige.denoiser.Denoiser;
import mige.denoiser.DitBlock;
import mige.denoiser.FinalLayer;
import mige.denoiser.PatchEmbedding;
import mige.denoiser.Positions;
import mige.denoiser.Prepared;
import mige.denoiser.TextProjection;
import mige.denoiser.TimestepEmbedding;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.sampler.DpmSolver;
import mige.sampler.Guidance;
import mige.sampler.NoiseModel;
import mige.sampler.NoiseSchedule;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.weights.Weights;

/** Everything from noise to picture: denoiser, guidance, schedule, solver, autoencoder. Source: reference DIFFUSION.md section 12. */
final class DiffusionCases {

    /** Float32 scalars: near t = 0 one rounding of exp moves 1 - exp(2 log alpha) by 3e-4 of itself, and lambda by 3e-6 of its largest. */
    private static final double SCHEDULE = 1e-5;
    /** bfloat16 against float32 at rounded times: 0.7 to 1.4 % were measured between the reference's own two results. */
    private static final double BF16_PASS = 0.02;
    /** One unit in the last place of a combination in bfloat16. */
    private static final double BF16_COMBINATION = 1.0 / 256;

    private static final Pattern TABLE = Pattern.compile("dim(\\d+)_grid(\\d+)_lewei([\\d.]+)_base(\\d+)");
    private static final Pattern SCALES = Pattern.compile("(eps|bf16_combine)_y([\\d.]+?)(?:_s([\\d.]+))?");
    private static final Pattern STEPS = Pattern.compile("steps(\\d+)(?:_s([\\d.]+))?");

    static final List<Kind> KINDS = List.of(
            Kind.single("timestep_embedding", DiffusionCases::times),
            Kind.single("pos_embed", DiffusionCases::positions),
            Kind.single("dit_block", DiffusionCases::block),
            Kind.slow("dit_full", DiffusionCases::wholeByFormula),
            Kind.single("dit", DiffusionCases::denoiser),
            Kind.single("guidance", DiffusionCases::guidance),
            Kind.single("noise_schedule", DiffusionCases::schedule),
            Kind.single("dpm_solver_analytic", DiffusionCases::solver),
            Kind.of("dpm_solver", DiffusionCases::trajectories),
            Kind.single("vae_mid", DiffusionCases::middle),
            Kind.single("vae", DiffusionCases::autoencoder));

    private DiffusionCases() {}

    // ---- denoiser --------------------------------------------------------------------------------------------------------------

    private static void times(Golden g, Checks checks) {
        Tensor t = g.get("input.t");
        long width = g.shape("output.freq")[1], odd = g.shape("output.freq_odd")[1];
        checks.close("freq", g.get("output.freq"), TimestepEmbedding.frequencies(t, (int) width, Rounding.NONE));
        checks.close("freq_odd", g.get("output.freq_odd"), TimestepEmbedding.frequencies(t, (int) odd, Rounding.NONE));
        checks.near("freq_bf16", g.get("output.freq_bf16"), TimestepEmbedding.frequencies(t, (int) width, Rounding.BF16), 1e-4);
        checks.close("t_bf16", g.get("output.t_bf16"), t.to(DType.BF16), 0);
        Weights weights = g.weights();
        var embedded = new TimestepEmbedding(config(g), weights.at("t_embedder"), weights.at("t_block")).forward(t, Rounding.NONE);
        checks.close("t", g.get("output.t"), embedded.te());
        checks.close("t0", g.get("output.t0"), embedded.t0().view(g.shape("output.t0")));
    }

    private static void positions(Golden g, Checks checks) {
        for (String name : g.names("output.")) {
            Matcher m = TABLE.matcher(name);
            if (!m.matches()) continue;
            int width = Integer.parseInt(m.group(1)), side = Integer.parseInt(m.group(2)), base = Integer.parseInt(m.group(4));
            Tensor table = Positions.table(width, side, side, base, Double.parseDouble(m.group(3)));
            checks.close(name, g.get("output." + name), table.squeeze(0), SCHEDULE);
        }
    }

    private static void block(Golden g, Checks checks) {
        g.names("probe.").forEach(name -> {
            JsonNode f = g.meta("formula").path(name);
            Tensor expected = g.get("probe." + name);
            checks.within("probe of " + name, expected, Formula.scaled(f.get(0).asLong(), f.get(1).asDouble(), f.path(2).asDouble(0), expected.shape()), 0);
        });
        Tensor x = g.get("input.x"), words = g.get("input.y"), t0 = g.get("input.t0");
        DitBlock block = new DitBlock(config(g), g.weights());
        checks.close("out", g.get("output.out"), block.forward(x, block.read(words, null), t0.view(t0.size(0), 6, -1)));
    }

    private static void denoiser(Golden g, Checks checks) {
        Denoiser.Config config = config(g);
        Weights weights = g.weights();
        Tensor x = g.get("input.x"), source = g.get("input.source"), t = g.get("input.timestep"), text = g.get("input.text");
        int[] lengths = lengths(g);

        var patches = new PatchEmbedding(config, weights.at("x_embedder").at("proj"));
        Tensor tokens = patches.forward(x, source);
        checks.close("x_embedder", g.get("intermediate.x_embedder"), tokens);
        int side = config.latentSize() / config.patch();
        tokens = tokens.add(Positions.table(config.hidden(), side, side, side, config.positionScale()));
        checks.close("x0", g.get("intermediate.x0"), tokens);
        var time = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block")).forward(t, Rounding.NONE);
        checks.close("t0", g.get("intermediate.t0"), time.t0().view(g.shape("intermediate.t0")));
        Tensor words = new TextProjection(config, weights.at("y_embedder").at("y_proj")).forward(text);
        checks.close("y_embedder", g.get("intermediate.y_embedder"), words.unsqueeze(1));
        checks.close("y_packed", g.get("intermediate.y_packed"), packed(words, lengths));
        for (int i = 0; g.has("intermediate.block" + i); i++) {
            DitBlock block = new DitBlock(config, weights.at("blocks").at(i));
            tokens = itemByItem(block, tokens, words, lengths, time.t0());
            checks.close("block" + i, g.get("intermediate.block" + i), tokens);
        }
        checks.close("final_layer", g.get("intermediate.final_layer"), new FinalLayer(config, weights.at("final_layer")).forward(tokens, time.te()));

        Denoiser whole = new Denoiser(config, weights);
        checks.close("out", g.get("output.out"), whole.forward(x, source, t, text, lengths));
        checks.close("vae_features", g.get("output.vae_features"), whole.patchFeatures(g.get("input.ref_vae")));
        Tensor rounded = t.to(DType.BF16).to(DType.F32);
        checks.near("out_bf16", g.get("output.out_bf16"), whole.forward(x, source, rounded, text, lengths), BF16_PASS);
    }

    private static Tensor packed(Tensor words, int[] lengths) {
        List<Tensor> rows = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) rows.add(words.row(i).narrow(1, 0, lengths[i]));
        return Tensor.cat(1, rows);
    }

    private static Tensor itemByItem(DitBlock block, Tensor tokens, Tensor words, int[] lengths, Tensor t0) {
        List<Tensor> out = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            out.add(block.forward(tokens.row(i), block.read(words.row(i).narrow(1, 0, lengths[i]), null), t0.row(i)));
        }
        return Tensor.cat(0, out);
    }

    /** The network at its true size: its weights come from a formula and are never all in memory. */
    private static void wholeByFormula(Golden g, Checks checks) {
        Denoiser.Config config = config(g);
        Weights weights = g.weights();
        Tensor x = g.get("input.x"), source = g.get("input.source"), t = g.get("input.timestep");
        Tensor text = g.get("input.text" + g.names("input.text").get(0));
        if (g.has("input.mask")) text = text.narrow(1, 0, lengths(g)[0]);
        int side = config.latentSize() / config.patch();
        Tensor words = new TextProjection(config, weights.at("y_embedder").at("y_proj")).forward(text);
        Tensor positions = Positions.table(config.hidden(), side, side, side, config.positionScale());
        if (g.has("intermediate.pos_embed_first8")) {
            checks.close("pos_embed", g.get("intermediate.pos_embed_first8"), firstRows(positions, g.shape("intermediate.pos_embed_first8")));
        }
        Tensor start = new PatchEmbedding(config, weights.at("x_embedder").at("proj")).forward(x, source).add(positions);
        var embedding = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block"));
        var exact = embedding.forward(t, Rounding.NONE);
        var rounded = embedding.forward(t, Rounding.BF16);
        boolean both = g.has("output.out_bf16");
        Tensor[] tokens = {start, start};
        for (int i = 0; i < config.depth(); i++) {
            int n = i;
            Tensor[] before = tokens;
            tokens = Scope.scoped(() -> {
                DitBlock block = new DitBlock(config, weights.at("blocks").at(n));
                DitBlock.Words read = block.read(words, null);
                return new Tensor[] {block.forward(before[0], read, exact.t0()), both ? block.forward(before[1], read, rounded.t0()) : before[1]};
            });
            String name = "intermediate.block" + i + "_first8";
            if (g.has(name)) checks.close("block" + i, g.get(name), firstRows(tokens[0], g.shape(name)));
        }
        FinalLayer last = new FinalLayer(config, weights.at("final_layer"));
        checks.close("out", g.get("output.out"), cells(last.forward(tokens[0], exact.te()), config, g.shape("output.out")));
        if (both) checks.near("out_bf16", g.get("output.out_bf16"), cells(last.forward(tokens[1], rounded.te()), config, g.shape("output.out")), BF16_PASS);
    }

    private static Tensor firstRows(Tensor tokens, long[] shape) {
        return tokens.narrow(1, 0, shape[1]);
    }

    private static Tensor cells(Tensor values, Denoiser.Config config, long[] shape) {
        int p = config.patch();
        return values.view(shape[0], shape[2] / p, shape[3] / p, p, p, shape[1]).permute(0, 5, 1, 3, 2, 4).reshape(shape);
    }

    // ---- guidance, schedule, solver --------------------------------------------------------------------------------------------

    private static void guidance(Golden g, Checks checks) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        float[] continuous = g.get("input.t_continuous").floats(), input = new float[continuous.length];
        for (int i = 0; i < input.length; i++) input[i] = schedule.networkTime(continuous[i]);
        checks.within("t_input", g.get("input.t_input"), Tensor.of(input, input.length), 0);

        List<Branch> branches = branches(g);
        Tensor x = g.get("input.x");
        Denoiser denoiser = new Denoiser(config(g), g.weights());
        Tensor all = prepared(g, denoiser, branches).predict(x, input[0]).narrow(1, 0, x.size(1));
        List<Tensor> ours = new ArrayList<>(), theirs = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            String name = switch (branches.get(i)) {
                case NOTHING -> "null_text_zero_source_eps";
                case CANVAS -> "null_text_eps";
                case CANVAS_AND_TEXT -> "cond_eps";
            };
            ours.add(all.narrow(0, i * x.size(0), x.size(0)));
            theirs.add(g.get("intermediate." + name));
            checks.close(name, theirs.get(i), ours.get(i));
        }
        for (String name : g.names("output.")) {
            Matcher m = SCALES.matcher(name);
            if (!m.matches()) continue;
            Tensor expected = g.get("output." + name);
            Guidance pull = new Guidance(Double.parseDouble(m.group(2)), m.group(3) == null ? 1 : Double.parseDouble(m.group(3)));
            if (m.group(1).equals("bf16_combine")) {
                checks.close(name, expected, pull.combine(branches, theirs.stream().map(e -> e.to(DType.BF16)).toList()), BF16_COMBINATION);
            } else {
                checks.close(name, expected, pull.combine(branches, ours));
                List<Branch> needed = pull.branches();
                checks.close(name + " without the branches that cancel", expected, pull.combine(needed,
                        needed.stream().map(b -> ours.get(branches.indexOf(b))).toList()));
            }
        }
    }

    /** Branches as the reference runs them: a subject's canvas is blank, so its first branch is the second. */
    private static List<Branch> branches(Golden g) {
        boolean edit = g.config().path("kind").asText(g.kind()).contains("edit");
        return edit ? List.of(Branch.values()) : List.of(Branch.CANVAS, Branch.CANVAS_AND_TEXT);
    }

    private static Prepared prepared(Golden g, Denoiser denoiser, List<Branch> branches) {
        return denoiser.prepare(branches, g.get("input.source"), g.get("input.text"), lengths(g), Rounding.NONE);
    }

    private static void schedule(Golden g, Checks checks) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        checks.close("betas", g.get("output.betas").doubles(), schedule.betas(), 1e-12);
        checks.close("alphas_cumprod", g.get("output.alphas_cumprod").doubles(), schedule.alphaProducts(), 1e-12);
        checks.close("log_alpha_array", g.get("output.log_alpha_array"), tensor(schedule.logAlphas()), SCHEDULE);
        checks.close("t_array", g.get("output.t_array"), tensor(schedule.times()), 0);
        float[] t = g.get("input.t").floats();
        checks.close("log_alpha", g.get("output.log_alpha"), schedule.logAlpha(t), SCHEDULE);
        checks.close("alpha", g.get("output.alpha"), schedule.alpha(t), SCHEDULE);
        checks.close("sigma", g.get("output.sigma"), schedule.sigma(t), SCHEDULE);
        Tensor lambda = schedule.lambda(t);
        checks.close("lambda", g.get("output.lambda"), lambda, SCHEDULE);
        if (g.has("output.inverse_lambda")) {
            float[] all = g.get("output.lambda").floats(), some = new float[(int) g.shape("output.inverse_lambda")[0]];
            for (int i = 0; i < some.length; i++) some[i] = all[4 * i];
            checks.close("inverse_lambda", g.get("output.inverse_lambda"), tensor(schedule.inverseLambda(some)), 1e-5);
        }
        for (String name : g.names("output.steps")) {
            if (name.endsWith(".t")) stepsOf(g, checks, schedule, "output.steps" + name.substring(0, name.length() - 1));
        }
    }

    private static void stepsOf(Golden g, Checks checks, NoiseSchedule schedule, String prefix) {
        float[] t = schedule.steps((int) g.shape(prefix + "t")[0] - 1), input = new float[t.length];
        for (int i = 0; i < t.length; i++) input[i] = schedule.networkTime(t[i]);
        checks.within(prefix + "t", g.get(prefix + "t"), tensor(t), 0);
        checks.within(prefix + "t_input", g.get(prefix + "t_input"), tensor(input), 0);
        checks.within(prefix + "t_input_bf16", g.get(prefix + "t_input_bf16"), tensor(input).to(DType.BF16), 0);
        checks.close(prefix + "lambda", g.get(prefix + "lambda"), schedule.lambda(t), SCHEDULE);
        checks.close(prefix + "alpha", g.get(prefix + "alpha"), schedule.alpha(t), SCHEDULE);
        checks.close(prefix + "sigma", g.get(prefix + "sigma"), schedule.sigma(t), SCHEDULE);
        DpmSolver.Coefficients c = new DpmSolver.Coefficients(schedule, t.length - 1);
        checks.close(prefix + "h", g.get(prefix + "h"), tensor(c.h()), SCHEDULE);
        checks.close(prefix + "sigma_ratio", g.get(prefix + "sigma_ratio"), tensor(c.ratio()), SCHEDULE);
        checks.close(prefix + "alpha_phi1", g.get(prefix + "alpha_phi1"), tensor(c.pull()), SCHEDULE);
        checks.close(prefix + "inv_r0", g.get(prefix + "inv_r0"), tensor(c.inverse()).narrow(0, 1, t.length - 2), SCHEDULE);
    }

    private static Tensor tensor(float[] values) {
        return Tensor.of(values, values.length);
    }

    private static void solver(Golden g, Checks checks) {
        JsonNode c = g.meta("coefficients");
        double constant = c.get(0).asDouble(), slope = c.get(1).asDouble(), offset = c.get(2).asDouble();
        NoiseModel model = (x, t) -> x.mul((float) ((float) ((float) t / 1000) * slope + constant)).add(offset);
        walk(g, checks, "input.x", (steps, canvas) -> model);
    }

    private static List<Case> trajectories(Golden g) {
        return List.of(new Case(g.name(), g.size("latent", 64) > 32, checks -> {
            Denoiser denoiser = new Denoiser(config(g), g.weights());
            List<Branch> branches = branches(g);
            var prepared = prepared(g, denoiser, branches);
            walk(g, checks, "input.noise", (steps, canvas) -> new Guidance(g.meta("cfg_scale_y").asDouble(), canvas)
                    .around(branches, prepared::predict, DType.F32));
        }));
    }

    private interface Models {
        NoiseModel of(int steps, double canvas);
    }

    /** Every {@code steps*} of a golden: all states that it holds. */
    private static void walk(Golden g, Checks checks, String noise, Models models) {
        DpmSolver solver = new DpmSolver(NoiseSchedule.linear());
        for (String name : g.names("output.")) {
            if (!name.endsWith(".x")) continue;
            String run = name.substring(0, name.length() - 2);
            Matcher m = STEPS.matcher(run);
            if (!m.matches()) continue;
            int steps = Integer.parseInt(m.group(1));
            double canvas = m.group(2) == null ? 1 : Double.parseDouble(m.group(2));
            List<Tensor> seen = new ArrayList<>();
            NoiseModel model = models.of(steps, canvas);
            Tensor result = Scope.scoped(() -> solver.sample(g.get(noise), (x, t) -> {
                seen.add(Scope.outside(x::copy));
                return model.predict(x, t);
            }, steps, DpmSolver.Watch.NOTHING));
            seen.add(result);
            checks.close(run, g.get("output." + run + ".x"), result);
            every(g, checks, run + ".trajectory", seen, 1);
            every(g, checks, run + ".trajectory_every5", seen, 5);
        }
    }

    private static void every(Golden g, Checks checks, String name, List<Tensor> seen, int stride) {
        if (!g.has("output." + name)) return;
        List<Tensor> some = new ArrayList<>();
        for (int i = 0; i < seen.size(); i += stride) some.add(seen.get(i));
        checks.close(name, g.get("output." + name), Tensor.stack(0, some));
    }

    // ---- autoencoder -----------------------------------------------------------------------------------------------------------

    private static void autoencoder(Golden g, Checks checks) {
        JsonNode c = g.config();
        List<Integer> channels = new ArrayList<>();
        c.path("block_out_channels").forEach(n -> channels.add(n.asInt()));
        var config = new AutoEncoder.Config(g.size("latent_channels"), channels, g.size("layers_per_block"), g.size("norm_num_groups"), 1,
                c.path("scaling_factor").asDouble());
        AutoEncoder model = new AutoEncoder(config, g.weights());

        Moments moments = model.moments(g.get("input.image"));
        checks.close("mean", g.get("output.mean"), moments.mean());
        checks.close("logvar", g.get("output.logvar"), moments.logVariance());
        checks.close("std", g.get("output.std"), moments.deviation());
        checks.close("sample", g.get("output.sample"), moments.sample(g.get("input.noise")));
        checks.close("image", g.get("output.image"), model.decode(new Latent(g.get("input.scaled_latent"))));
        if (g.has("input.moments_extreme")) {
            Moments extreme = Moments.of(g.get("input.moments_extreme"));
            checks.close("extreme_mean", g.get("output.extreme_mean"), extreme.mean());
            checks.close("extreme_std", g.get("output.extreme_std"), extreme.deviation());
        }
        checks.within("saved_bytes", g.get("output.saved_bytes").to(DType.F32), Pixels.bytes(g.get("input.save_image")).to(DType.F32), 1);
    }

    private static void middle(Golden g, Checks checks) {
        Tensor x = g.get("input.x");
        int channels = (int) x.size(1), groups = g.size("norm_num_groups", 32);
        Weights weights = g.weights();
        MidBlock block = new MidBlock(weights, channels, groups);
        checks.close("attention", g.get("intermediate.attention"), new AttentionBlock(weights.at("attentions").at(0), channels, groups)
                .forward(new ResnetBlock(weights.at("resnets").at(0), channels, channels, groups).forward(x)));
        checks.close("out", g.get("output.out"), block.forward(x));
    }

    // ---- sizes -----------------------------------------------------------------------------------------------------------------

    /** The denoiser's sizes: the shapes of the weights where they are stored, else the metadata. */
    private static Denoiser.Config config(Golden g) {
        Map<String, long[]> shapes = g.weightShapes();
        int hidden = g.size("hidden"), patch = g.size("patch", 2), channels = g.size("in_channels", 4), depth = g.size("depth", 1);
        if (shapes.containsKey("x_embedder.proj.weight")) {
            long[] s = shapes.get("x_embedder.proj.weight");
            hidden = (int) s[0];
            channels = (int) s[1] / 2;
            patch = (int) s[2];
            while (shapes.containsKey("blocks." + depth + ".scale_shift_table")) depth++;
        } else if (g.has("input.x") && g.shape("input.x").length == 4) {
            channels = (int) g.shape("input.x")[1];
        }
        double ratio = shapes.containsKey("blocks.0.mlp.fc1.bias") ? (double) shapes.get("blocks.0.mlp.fc1.bias")[0] / hidden
                : g.config().path("mlp_ratio").asDouble(4);
        return new Denoiser.Config(channels, g.size("latent", patch), patch, hidden, depth, g.size("heads"), g.size("caption", 1),
                g.size("tokens", 1), ratio, g.config().path("lewei").asDouble(1));
    }

    /** How many leading ones each row of the mask has. */
    private static int[] lengths(Golden g) {
        float[] ones = g.get("input.mask").to(DType.F32).sum(false, 1).floats();
        int[] lengths = new int[ones.length];
        for (int i = 0; i < lengths.length; i++) lengths[i] = Math.round(ones[i]);
        return lengths;
    }
}

package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.denoiser.Branch;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.denoiser.TimestepEmbedding.TimestepRounding;
import dev.mige4j.sampler.DpmSolver;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Noise schedule, guidance and solver. */
final class SamplerCases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.single("guidance", SamplerCases::guidance),
            GoldenKind.single("noise_schedule", SamplerCases::noiseSchedule),
            GoldenKind.single("dpm_solver_analytic", SamplerCases::dpmSolverAnalytic),
            GoldenKind.of("dpm_solver", SamplerCases::dpmSolverTrajectories));

    /**
     * Float32 scalars: near t = 0 one rounding error of exp changes 1 - exp(2 log alpha) by 3e-4 of its value, and
     * lambda by 3e-6 of its maximum.
     */
    private static final double SCHEDULE_TOLERANCE = 1e-5;

    /** One unit in the last place of a bfloat16 result. */
    private static final double BF16_GUIDANCE_TOLERANCE = 1.0 / 256;

    private static final Pattern GUIDANCE_NAME = Pattern.compile("(eps|bf16_combine)_y([\\d.]+?)(?:_s([\\d.]+))?");

    private static final Pattern STEPS_NAME = Pattern.compile("steps(\\d+)(?:_s([\\d.]+))?");

    private SamplerCases() {}

    private static void guidance(Golden golden, SoftAssertions checks) {
        NoiseSchedule schedule = NoiseSchedule.linear();
        float[] continuous = golden.get("input.t_continuous").toFloatArray(), input = new float[continuous.length];
        for (int i = 0; i < input.length; i++) input[i] = schedule.modelTimestep(continuous[i]);
        checks.assertCloseAbsolute("t_input", golden.get("input.t_input"), Tensor.of(input, input.length), 0);

        List<Branch> branches = branches(golden);
        Tensor x = golden.get("input.x");
        Denoiser denoiser = new Denoiser(DenoiserSizes.config(golden), golden.weights());
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

    /** The branches of the reference: without a source image the unconditional branch equals the image branch. */
    private static List<Branch> branches(Golden golden) {
        boolean edit = golden.config().path("kind").asText(golden.kind()).contains("edit");
        return edit ? List.of(Branch.values()) : List.of(Branch.IMAGE, Branch.IMAGE_AND_TEXT);
    }

    private static PreparedDenoiser prepared(Golden golden, Denoiser denoiser, List<Branch> branches) {
        return denoiser.prepare(
                branches,
                golden.get("input.source"),
                golden.get("input.text"),
                DenoiserSizes.maskLengths(golden),
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
        DpmSolver.Coefficients c = new DpmSolver.Coefficients(schedule, t);
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
            Denoiser denoiser = new Denoiser(DenoiserSizes.config(golden), golden.weights());
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

    /** Compares all stored states of every {@code steps*} run of a golden. */
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
}

package dev.mige4j.cli;

import dev.mige4j.common.Part;
import dev.mige4j.common.UsageException;
import dev.mige4j.eval.Evaluation;
import dev.mige4j.eval.EvaluationPlan;
import dev.mige4j.eval.MetricModels;
import dev.mige4j.eval.benchmark.Benchmark;
import dev.mige4j.eval.benchmark.BenchmarkSelection;
import dev.mige4j.eval.benchmark.ModelUnderTest;
import dev.mige4j.eval.embedding.ClipTextPreparation;
import dev.mige4j.eval.embedding.DinoEmbedder;
import dev.mige4j.eval.embedding.Embedder;
import dev.mige4j.eval.embedding.ImageEmbedder;
import dev.mige4j.eval.judge.JudgeQueue;
import dev.mige4j.eval.metric.EntityFiles;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.weights.format.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that all published benchmarks share, and how these are evaluated. */
final class BenchmarkOptions {

    /** The options that say how images are generated. */
    private static final Set<String> GENERATION_OPTIONS = Set.of(
            "--lora",
            "--steps",
            "--guidance",
            "--image-guidance",
            "--seed",
            "--mask",
            "--faithful",
            "--fast",
            "--format",
            "--quality",
            "--skip-memory-check");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            required = true,
            description = "The benchmark as its authors publish it (docs/evaluation.md says where to get it), or your"
                    + " own records.")
    private Path data;

    @Mixin
    private EvaluatedModels models;

    @Option(
            names = "--images",
            paramLabel = "[NAME=]FOLDER",
            description = "Images of another program, under the names that the benchmark's authors use, instead of a"
                    + " model or beside it; may be given several times.")
    private List<String> imageFolders = List.of();

    @Option(
            names = "--clip",
            paramLabel = "FOLDER",
            description = "CLIP ViT-B/32 for CLIP-I, CLIP-T and CLIPdir, which are left out without it: a folder"
                    + " (mige download clip) or OpenAI's ViT-B-32.pt.")
    private Path clip;

    @Option(
            names = "--dino",
            paramLabel = "FOLDER",
            description = "DINO ViT-S/16 for DINO, which is left out without it: a folder (mige download dino) or the"
                    + " authors' dino_deitsmall16_pretrain.pth.")
    private Path dino;

    @Option(
            names = "--items",
            paramLabel = "N",
            description = "The first N items of each suite: records, prompts or sessions. Default: all.")
    @Range(min = 1)
    private Integer items;

    @Option(
            names = "--part",
            paramLabel = "I/N",
            description = "Every N-th item from the I-th on, such as 2/4, to divide the work among machines; mige eval"
                    + " join joins the parts.")
    private String part;

    @Mixin
    @SuppressWarnings("UnusedVariable") // DeviceOption reads the parse result
    private DeviceOption deviceOption;

    @Mixin
    private SettingsOptions settingsOptions;

    @Mixin
    private OutputFormatOptions formatOptions;

    @Mixin
    private JudgeOptions judgeOptions;

    @Mixin
    private ReportOption reportOption;

    @Mixin
    private EvaluationOutput output;

    /** Evaluates with the preprocessing of MIGE's evaluation. */
    int evaluate(Function<Path, Benchmark> loader) {
        return evaluate(loader, ClipTextPreparation.HUB);
    }

    /**
     * Opens the benchmark and the models, evaluates, and prints the table.
     *
     * @param loader reads the benchmark from {@code --data}
     * @param preparation how images and captions are prepared for CLIP
     * @return the exit code
     */
    int evaluate(Function<Path, Benchmark> loader, ClipTextPreparation preparation) {
        settingsOptions.rejectSettingsOfOneImage();
        Map<String, Path> images = imageFolders();
        if (!images.isEmpty() && !models.isGiven())
            rejectGenerationOptions("--images has images that are there already");
        Settings settings = settingsOptions.toSettings();
        Part selectedPart = part == null ? Part.ALL : Part.parse(part);
        requireExists("--clip", clip);
        requireExists("--dino", dino);
        if (preparation == ClipTextPreparation.OPENAI && clip == null)
            throw new UsageException(
                    "--openai-preprocessing is for CLIP, but --clip is missing; add it, or remove this");
        Optional<JudgeQueue> judge = judgeOptions.judge(System.getenv());
        Benchmark whole = loader.apply(data),
                benchmark = items == null ? whole : BenchmarkSelection.firstItems(whole, items);
        boolean hasOutputs = !benchmark.publishedOutputs().isEmpty(),
                generates = models.isGiven() || (images.isEmpty() && !hasOutputs);
        if (!generates && images.isEmpty()) rejectGenerationOptions("the data have the outputs of one");
        MetricModels metricModels = new MetricModels(
                Optional.ofNullable(clip).map(path -> printLoadReport("--clip", Embedder.open(path, preparation))),
                Optional.ofNullable(dino).map(path -> printLoadReport("--dino", DinoEmbedder.open(path))),
                Optional.of(new EntityFiles()),
                judge);
        Map<String, Mige> opened = generates ? models.open(spec.commandLine().getErr(), output.isQuiet()) : Map.of();
        try {
            List<ModelUnderTest> rows = new ArrayList<>();
            opened.forEach((name, mige) -> rows.add(ModelUnderTest.of(name, mige, settings)));
            return output.run((folder, listener) -> Evaluation.run(
                    benchmark,
                    new EvaluationPlan(
                            rows,
                            images,
                            metricModels,
                            settings.seed(),
                            formatOptions.encoding(settings.faithful()),
                            selectedPart,
                            folder,
                            reportOption.samplesPerSuite()),
                    listener));
        } finally {
            opened.values().forEach(Mige::close);
        }
    }

    /** The model, after a line about the tensors that were read. */
    private <T extends ImageEmbedder> T printLoadReport(String option, T model) {
        if (!output.isQuiet())
            model.loadReport().ifPresent(report -> spec.commandLine()
                    .getErr()
                    .println(option + ": " + report.summary()
                            + (report.unexpected().isEmpty()
                                    ? ""
                                    : ": " + firstThree(report.unexpected().keySet()))));
        return model;
    }

    private static String firstThree(Collection<String> names) {
        return names.stream().limit(3).map(TensorFile::sanitize).collect(Collectors.joining(", "))
                + (names.size() > 3 ? ", ..." : "");
    }

    boolean isFaithful() {
        return settingsOptions.toSettings().faithful();
    }

    void rejectMask() {
        settingsOptions.rejectMaskWithoutSource();
    }

    private Map<String, Path> imageFolders() {
        Map<String, Path> folders = new LinkedHashMap<>();
        RowArgument.byName("--images", imageFolders).forEach((name, row) -> folders.put(name, Path.of(row.value())));
        folders.forEach((name, folder) -> {
            if (!Files.isDirectory(folder))
                throw new UsageException(
                        "--images is '%s', which is not a folder; name the folder of the images", folder);
        });
        return folders;
    }

    /** Without a model nothing is generated, and a setting of the generation would be ignored. */
    private void rejectGenerationOptions(String reason) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions())
            if (GENERATION_OPTIONS.contains(option.longestName()))
                throw new UsageException(
                        "%s is a setting of a model, but %s; remove it, or add --model", option.longestName(), reason);
    }

    private static void requireExists(String option, Path path) {
        if (path != null && !Files.exists(path))
            throw new UsageException(
                    "%s: no such file or folder; mige download %s -o FOLDER downloads the model for %s",
                    path, option.substring(2), option);
    }
}

package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.SampleImage;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.Task;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige demo}: runs all three tasks on the sample images and writes a page with the results. */
@Command(
        name = "demo",
        description = "Runs all three tasks on the sample images and writes the results and one page.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige demo", "  mige demo --seed 1 -o demo-1"})
final class DemoCommand implements Callable<Integer> {

    /** One request; its images are samples by name. */
    private record DemoRequest(String name, String instruction, Optional<String> source) {
        static DemoRequest generation(String name, String instruction) {
            return new DemoRequest(name, instruction, Optional.empty());
        }

        static DemoRequest edit(String source, String name, String instruction) {
            return new DemoRequest(name, instruction, Optional.of(source));
        }
    }

    private static final List<DemoRequest> REQUESTS = List.of(
            DemoRequest.generation("create-dog", "Place <image:dog> on a beach"),
            DemoRequest.generation("create-teapot", "Put <image:teapot> on a wooden table"),
            DemoRequest.generation("create-two", "<image:penguin> next to <image:guitar> in a kitchen"),
            DemoRequest.edit("table", "edit-remove", "Remove the apple from <image:table>"),
            DemoRequest.edit("meadow", "edit-colour", "Make the car in <image:meadow> blue"),
            DemoRequest.edit("beach", "edit-night", "Turn <image:beach> into a night scene"),
            DemoRequest.edit("lake", "edit-snow", "Add snow to <image:lake>"),
            DemoRequest.edit("beach", "compose-add", "Put <image:penguin> to the left of the turtle in <image:beach>"),
            DemoRequest.edit("table", "compose-replace", "Swap the apple in <image:table> for <image:teapot>"));

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            defaultValue = "demo-out",
            description = "Output folder. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Mixin
    private ModelOption model;

    @Option(names = "--steps", paramLabel = "N", description = "Number of solver steps. Default: the model's default.")
    private Integer steps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Random seed. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private QuietOption quietOption;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        Path outputFolder = OutputFiles.createFolder(folder.toAbsolutePath());
        Map<String, Image> samples = loadSamples();
        Settings settings = steps == null
                ? Settings.DEFAULT.withSeed(seed)
                : Settings.DEFAULT.withSeed(seed).withSteps(steps);
        long startNanos = System.nanoTime();
        try (Mige mige = model.open(err, quietOption.isQuiet())) {
            DemoPage page = new DemoPage("What " + mige.name() + " makes", seed);
            for (DemoRequest request : REQUESTS) {
                Task task = task(request, samples);
                ProgressBar progressBar = new ProgressBar(
                        err,
                        quietOption.isQuiet() ? ProgressBar.Style.QUIET : ProgressBar.terminalOrQuiet(),
                        request.name());
                GeneratedImage result;
                try {
                    result = mige.generate(task, settings, progressBar).get(0);
                } finally {
                    progressBar.clear();
                }
                result.save(outputFolder.resolve(request.name() + ".png"));
                page.add(task, request.instruction(), result.image());
                if (!quietOption.isQuiet()) out.println(folder.resolve(request.name() + ".png"));
            }
            AtomicFile.write(outputFolder.resolve("index.html"), page.html());
        }
        if (!quietOption.isQuiet()) {
            err.println("Done in " + ProgressBar.formatDuration((System.nanoTime() - startNanos) / 1e9) + ".");
            out.println(folder.resolve("index.html"));
        }
        return 0;
    }

    private static Task task(DemoRequest request, Map<String, Image> samples) {
        Map<String, Image> referencedImages = new LinkedHashMap<>(samples);
        referencedImages.keySet().removeIf(name -> !request.instruction().contains("<image:" + name + ">"));
        return Task.of(
                Instruction.of(request.instruction(), List.of(), referencedImages),
                request.source().map(samples::get));
    }

    private static Map<String, Image> loadSamples() {
        Map<String, Image> samples = new LinkedHashMap<>();
        for (SampleImage sample : SampleImage.all()) samples.put(sample.name(), sample.image());
        return samples;
    }
}

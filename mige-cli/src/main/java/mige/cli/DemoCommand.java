package mige.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import mige.image.Picture;
import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code mige demo}: all three tasks on the bundled pictures, and a page that shows them. */
@Command(
        name = "demo",
        description = "Makes pictures of all three tasks from the bundled samples, and one page that shows them.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {"  mige demo", "  mige demo --seed 1 -o demo-1"})
final class DemoCommand implements Callable<Integer> {

    /** What is asked for; the pictures are samples by name, the canvas is one of them. */
    private record Wish(String name, String text, Optional<String> canvas) {
        static Wish create(String name, String text) {
            return new Wish(name, text, Optional.empty());
        }

        static Wish change(String canvas, String name, String text) {
            return new Wish(name, text, Optional.of(canvas));
        }
    }

    private static final List<Wish> WISHES = List.of(
            Wish.create("create-dog", "Place <image:dog> on a beach"),
            Wish.create("create-teapot", "Put <image:teapot> on a wooden table"),
            Wish.create("create-two", "<image:penguin> next to <image:guitar> in a kitchen"),
            Wish.change("table", "edit-remove", "Remove the apple from <image:table>"),
            Wish.change("meadow", "edit-colour", "Make the car in <image:meadow> blue"),
            Wish.change("beach", "edit-night", "Turn <image:beach> into a night scene"),
            Wish.change("lake", "edit-snow", "Add snow to <image:lake>"),
            Wish.change("beach", "compose-add", "Put <image:penguin> to the left of the turtle in <image:beach>"),
            Wish.change("table", "compose-replace", "Swap the apple in <image:table> for <image:teapot>"));

    private static final List<String> SAMPLES = List.of("dog", "penguin", "teapot", "guitar", "meadow", "beach", "table", "lake");

    @Spec private CommandSpec spec;

    @Option(names = {"-o", "--output"}, paramLabel = "FOLDER", defaultValue = "demo-out", description = "Where pictures and page go. Default: ${DEFAULT-VALUE}.")
    private Path folder;

    @Mixin private ModelOption model;

    @Option(names = "--steps", paramLabel = "N", description = "Solver steps. Default: the model's own.")
    private Integer steps;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Which noise to begin with. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
    private boolean quiet;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut(), err = spec.commandLine().getErr();
        Path to = Output.folder(folder.toAbsolutePath());
        Map<String, Picture> samples = samples();
        Settings settings = steps == null ? Settings.DEFAULT.withSeed(seed) : Settings.DEFAULT.withSeed(seed).withSteps(steps);
        long begun = System.nanoTime();
        try (Mige mige = model.open(err, quiet)) {
            DemoPage page = new DemoPage("What " + mige.name() + " makes", seed);
            for (Wish wish : WISHES) {
                Task task = task(wish, samples);
                ProgressLine progress = new ProgressLine(err, quiet ? ProgressLine.Style.QUIET : ProgressLine.liveOrQuiet(), wish.name());
                Creation made;
                try {
                    made = mige.create(task, settings, progress);
                } finally {
                    progress.end();
                }
                Picture picture = made.pictures().get(0);
                picture.write(to.resolve(wish.name() + ".png"), made.recipes().get(0).asText());
                page.add(task, wish.text(), picture);
                if (!quiet) out.println(folder.resolve(wish.name() + ".png"));
            }
            Path html = to.resolve("index.html"), part = to.resolve("index.html.part");
            Files.writeString(part, page.html());
            Files.move(part, html, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        if (!quiet) {
            err.println("made in " + ProgressLine.duration((System.nanoTime() - begun) / 1e9));
            out.println(folder.resolve("index.html"));
        }
        return 0;
    }

    private static Task task(Wish wish, Map<String, Picture> samples) {
        Map<String, Picture> said = new LinkedHashMap<>(samples);
        said.keySet().removeIf(name -> !wish.text().contains("<image:" + name + ">"));
        return Task.of(Instruction.of(wish.text(), List.of(), said), wish.canvas().map(samples::get));
    }

    private static Map<String, Picture> samples() throws IOException {
        Map<String, Picture> samples = new LinkedHashMap<>();
        for (String name : SAMPLES) {
            try (InputStream in = Mige.class.getResourceAsStream("/mige/samples/" + name + ".png")) {
                samples.put(name, Picture.read(in.readAllBytes(), name));
            }
        }
        return samples;
    }
}

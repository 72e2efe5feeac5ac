package mige.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import mige.image.Picture;
import mige.pipeline.Creation;
import mige.pipeline.Mige;
import mige.pipeline.Recipe;
import mige.pipeline.Region;
import mige.pipeline.Settings;
import mige.task.Task;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every request takes beside its words and pictures, and how it is carried out: task in, files out. */
final class RequestOptions {

    @Spec(Spec.Target.MIXEE) private CommandSpec command;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", defaultValue = "out.png",
            description = "PNG file to write; several pictures become out-1.png, out-2.png and so on. Default: ${DEFAULT-VALUE}.")
    private Path output;

    @Mixin private ModelOption model;

    @Mixin private SettingsOptions settings;

    @Option(names = "-n", paramLabel = "COUNT", defaultValue = "1", description = "How many pictures to make. Default: ${DEFAULT-VALUE}.")
    private int count;

    @Option(names = "--then", paramLabel = "TEXT",
            description = "A further edit of the result, said like the first; may be given several times. The last result is written.")
    private List<String> turns = List.of();

    @Option(names = "--json", description = "Print what was made as JSON on standard output.")
    private boolean json;

    @Option(names = {"-q", "--quiet"}, description = "Print errors only.")
    private boolean quiet;

    /** Makes the task's pictures and writes them. {@code said} holds the command's own words, for the recipe. */
    int make(Task first, CommandWords said) {
        PrintWriter out = command.commandLine().getOut(), err = command.commandLine().getErr();
        Settings wanted = settings.settings().withCount(count);
        if (first.canvas().isEmpty() && turns.isEmpty()) settings.refuseRegionWithoutCanvas();
        List<Path> files = Output.files(output, count);
        long begun = System.nanoTime();
        try (Mige mige = model.open(err, quiet)) {
            Set<String> notices = new LinkedHashSet<>();
            // A new picture has no outside to keep; only the turns after it have.
            Settings forFirst = first.canvas().isEmpty() ? wanted.withRegion(Region.EVERYWHERE) : wanted;
            Creation made = create(mige, first, forFirst, turns.isEmpty() ? "" : "turn 1 of " + (turns.size() + 1), err, notices);
            List<Picture> pictures = new ArrayList<>(made.pictures());
            List<Recipe> recipes = new ArrayList<>(made.recipes());
            for (int turn = 0; turn < turns.size(); turn++) {
                for (int i = 0; i < pictures.size(); i++) {
                    Task edit = EditCommand.edit(turns.get(turn), pictures.get(i));
                    String what = "turn " + (turn + 2) + " of " + (turns.size() + 1) + (pictures.size() > 1 ? ", picture " + (i + 1) : "");
                    Creation next = create(mige, edit, wanted.withCount(1), what, err, notices);
                    pictures.set(i, next.pictures().get(0));
                    recipes.set(i, next.recipes().get(0));
                }
            }
            CommandWords retold = retold(said, turns.isEmpty() ? mige.resolve(forFirst, first) : wanted);
            for (int i = 0; i < pictures.size(); i++) {
                Map<String, String> text = new LinkedHashMap<>(recipes.get(i).asText());
                text.put(CommandWords.KEY, retold.json());
                pictures.get(i).write(files.get(i), text);
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            if (!quiet) notices.forEach(notice -> err.println("note: " + notice));
            if (json) out.println(json(files, pictures, recipes, retold, notices, seconds));
            else if (!quiet) {
                files.forEach(out::println);
                err.printf(Locale.ROOT, "made in %s%n", ProgressLine.duration(seconds));
            }
            out.flush();
            return 0;
        }
    }

    private Creation create(Mige mige, Task task, Settings settings, String what, PrintWriter err, Set<String> notices) {
        ProgressLine progress = new ProgressLine(err, quiet ? ProgressLine.Style.QUIET : ProgressLine.style(), what);
        try {
            Creation made = mige.create(task, settings, progress);
            notices.addAll(made.notices());
            return made;
        } finally {
            progress.end();
        }
    }

    private CommandWords retold(CommandWords said, Settings resolved) {
        CommandWords words = said;
        if (!model.isEmbedded()) words = words.with("--model", model.model);
        words = settings.retold(words, resolved);
        if (count > 1) words = words.with("-n", String.valueOf(count));
        for (String turn : turns) words = words.with("--then", turn);
        return words;
    }

    private static String json(List<Path> files, List<Picture> pictures, List<Recipe> recipes, CommandWords retold, Set<String> notices, double seconds) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode all = mapper.createObjectNode();
        ArrayNode list = all.putArray("pictures");
        for (int i = 0; i < files.size(); i++) {
            ObjectNode one = list.addObject();
            one.put("file", files.get(i).toString());
            one.put("width", pictures.get(i).width());
            one.put("height", pictures.get(i).height());
            one.set("recipe", mapper.valueToTree(recipes.get(i)));
        }
        all.put("command", retold.shell());
        notices.forEach(all.putArray("notices")::add);
        all.put("seconds", Math.round(seconds * 1000) / 1000.0);
        return all.toPrettyString();
    }
}

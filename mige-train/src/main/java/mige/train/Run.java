package mige.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import mige.data.Corpus;
import mige.data.CorpusFetch;
import mige.data.Mix;
import mige.tensor.UsageException;

/** Starts a stage of training from a shell: {@code java [-Dmige.nproc=N] ... mige.train.Run STAGE OUT [CONFIG.json]}. */
public final class Run {

    /** Pieces of the vocabulary that the stages share. */
    private static final int VOCABULARY = 1500;

    private Run() {}

    /** Trains a stage with its shipped recipe, a configuration file laid over it if given, into a folder; goes on where it stopped. */
    public static long stage(String stage, Path folder, Path config, Path corpusFolder, Watch watch) {
        return stage(stage, folder, config, corpusFolder, watch, Crew.ALONE);
    }

    /** The same as one of a crew. */
    public static long stage(String stage, Path folder, Path config, Path corpusFolder, Watch watch, Crew crew) {
        ObjectNode recipe = Recipes.read(stage, config);
        switch (stage) {
            case "vae" -> {
                VaeTraining.Config c = Recipes.as(VaeTraining.Config.class, recipe);
                Lazy corpus = new Lazy(corpusFolder, c.size());
                return VaeTraining.run(c, folder, i -> VaePictures.of(corpus.get(), c.seed(), i), watch, crew);
            }
            case "clip", "clip-eval" -> {
                ClipTraining.Config c = Recipes.as(ClipTraining.Config.class, recipe);
                Lazy corpus = new Lazy(corpusFolder, c.size());
                byte[] words = Vocabulary.kept(folder, () -> Vocabulary.of(corpus.get(), Vocabulary.PROMPTS, 20_000, VOCABULARY));
                return ClipTraining.run(c, folder, words, corpus::get, watch, crew);
            }
            case "mige" -> {
                MigeTraining.Config c = Recipes.as(MigeTraining.Config.class, recipe);
                Lazy corpus = new Lazy(corpusFolder, c.model().pictureSize());
                return MigeTraining.run(c, folder, corpus::get, watch, crew);
            }
            default -> throw new UsageException("there is no stage '%s' to train; the stages are vae, clip, clip-eval and mige", stage);
        }
    }

    /** This process and {@code processes - 1} more that train the same stage. */
    public static Crew crew(int processes, String stage, Path folder, Path config) {
        if (processes < 1) throw new UsageException("%d processes are asked for, expected at least 1", processes);
        List<String> arguments = new java.util.ArrayList<>(List.of(stage, folder.toString()));
        if (config != null) arguments.add(config.toString());
        return Crew.start(processes, Run.class, arguments);
    }

    /** Opens the corpus when it is first asked for: a training whose pictures are cached never does. */
    private static final class Lazy {
        private final Path folder;
        private final int size;
        private Corpus corpus;

        Lazy(Path folder, int size) {
            this.folder = folder;
            this.size = size;
        }

        synchronized Corpus get() {
            if (corpus == null) corpus = Corpus.open(folder, size, Mix.JOINT, line -> {});
            return corpus;
        }
    }

    public static void main(String[] arguments) {
        if (arguments.length < 2) {
            System.err.println("usage: Run STAGE OUT [CONFIG.json]");
            System.exit(2);
        }
        Path config = arguments.length > 2 ? Path.of(arguments[2]) : null;
        try (Crew crew = System.getProperty("mige.crew") == null ? crew(Integer.getInteger("mige.nproc", 1), arguments[0], Path.of(arguments[1]), config) : Crew.joined()) {
            stage(arguments[0], Path.of(arguments[1]), config, CorpusFetch.defaultFolder(), Run::print, crew);
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static boolean print(long done, long of, Duration left, Map<String, Double> figures) {
        StringBuilder line = new StringBuilder("%d/%d %d:%02d:%02d left".formatted(done, of, left.toHours(), left.toMinutesPart(), left.toSecondsPart()));
        new TreeMap<>(figures).forEach((name, value) -> line.append("  ").append(name).append(' ').append("%.4g".formatted(value)));
        System.out.println(line);
        return true;
    }
}

package mige.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Latent;
import mige.data.Corpus;
import mige.data.DataSet;
import mige.data.Item;
import mige.data.Kind;
import mige.data.Split;
import mige.denoiser.Denoiser;
import mige.denoiser.Prepared;
import mige.denoiser.TimestepEmbedding;
import mige.encoder.Conditioning;
import mige.encoder.MultimodalEncoder;
import mige.pipeline.ModelConfig;
import mige.sampler.DpmSolver;
import mige.sampler.Guidance;
import mige.sampler.NoiseModel;
import mige.sampler.NoiseSchedule;
import mige.tensor.DType;
import mige.tensor.Rng;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.text.Tokenizer;
import mige.weights.Birth;
import mige.weights.Checkpoint;
import mige.weights.ModelFolder;
import mige.weights.SafeTensors;
import mige.weights.Weights;

/**
 * Trains encoder and denoiser together on all tasks at once.
 *
 * <pre>
 *   z, s, r = drawn latents of target, source, references          said = encoder(words, pictures, r)
 *   x_t     = √a_t (scale · z) + √(1 − a_t) n
 *   loss    = {@link IddpmLoss}(denoiser(x_t, scale · s, t, said))       words, source or both are dropped, 5 % each
 * </pre>
 *
 * <p>Frozen: autoencoder and image tower with its norm, so what they say of a record is computed once ({@link RecordCache}). The
 * reference trains the norm behind the tower, which the first layer that reads it can do as well. Source: MIGE section 3;
 * reference DIFFUSION.md sections 7 and 8.
 */
public final class MigeTraining {

    /**
     * @param seed        of weights, records and order
     * @param model       the model to make, its autoencoder's sizes being those of the trained one; null: that of {@code from}
     * @param records     training examples in the cache
     * @param heldOut     the last of them, kept for measuring
     * @param kinds       how many times as often a kind is drawn as it is in the corpus; what is not named: once
     * @param maskWeight  weight of the squared error inside the mask; 1: the same everywhere, as the reference
     * @param snrLimit    limit of min-SNR weighting, see {@link IddpmLoss}; 0: off, as the reference
     * @param sketch      weight of the {@link Sketch}'s losses; 0: without, as the reference
     * @param sketchFirst samples of the beginning that teach the sketch only, while the denoiser waits; 0: none, as the reference
     * @param portraits   share of {@link Batches portraits} among the samples with references; 0: none, as the reference
     * @param gaze        weight of the {@link Gaze}'s losses; 0: without, as the reference
     * @param faced       whether only those records of the corpus train whose things are turned as their references show them, half of those
     *                    with references; false: all
     * @param shown       held-out requests that are drawn at every validation
     * @param shownSteps  solver steps for them
     * @param autoencoder folder of the trained autoencoder, relative to the training's; empty: the one of {@code from}
     * @param tower       folder of the contrastive pair with the tower and the vocabulary, relative to the training's; empty: {@code from}'s
     * @param cache       folder of the records, relative to the training's
     * @param from        folder of a model to begin with, relative to the training's; empty: from birth
     * @param frozen      beginnings of keys that do not train, besides the tower's
     * @param recompute   true: the denoiser's blocks are computed again for the gradient instead of kept; slower by a third, small in memory
     * @param compute     F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param dataSet     a data set of one's own instead of the corpus; null: the corpus
     * @param plan        the loop
     */
    public record Config(long seed, ModelConfig model, int records, int heldOut, Map<Kind, Double> kinds, double maskWeight, double snrLimit,
                         double sketch, long sketchFirst, double portraits, double gaze, boolean faced, int shown, int shownSteps, String autoencoder, String tower,
                         String cache, String from, List<String> frozen, boolean recompute, DType compute, DataSource dataSet, Loop.Plan plan) {
        public Config {
            kinds = Map.copyOf(kinds);
            frozen = List.copyOf(frozen);
            if (from.isEmpty() && (model == null || autoencoder.isEmpty() || tower.isEmpty()))
                throw new UsageException("a training from birth needs model, autoencoder and tower; name a model folder in 'from' to go on with one");
            compute = Loop.computing(compute);
            if (!(snrLimit >= 0)) throw new UsageException("snrLimit %s must be at least 0", snrLimit);
            if (!(sketch >= 0)) throw new UsageException("the sketch's weight %s must be at least 0", sketch);
            if (sketchFirst > 0 && sketch == 0) throw new UsageException("sketchFirst is %d, but there is no sketch", sketchFirst);
            if (!(portraits >= 0 && portraits <= 1)) throw new UsageException("portraits %s must be from 0 to 1", portraits);
            if (!(gaze >= 0)) throw new UsageException("the gaze's weight %s must be at least 0", gaze);
            if (gaze > 0 && recompute) throw new UsageException("a gaze cannot be followed through blocks that are computed again; set gaze 0 or recompute false");
            if (heldOut < 1 || heldOut >= records) throw new UsageException("heldOut %d must be from 1 to below records %d", heldOut, records);
        }
    }

    /** A data set in the reference's format: its root, lists of items relative to the training's folder, and the resolution of its features. */
    public record DataSource(String root, List<String> lists, int resolution) {}

    private static final String MODEL = "model";
    /** What a place that is not told counts beside a patch that is missed. */
    private static final double PLACES = 0.2;
    /** Records of a file of the cache. */
    private static final int SHARD = 500;

    private final Config config;
    private final ModelConfig model;
    private final Path folder;
    private final Tokenizer tokenizer;
    private final byte[] vocabulary;
    private final AutoEncoder autoencoder;
    private final Map<String, Tensor> handedOut = new LinkedHashMap<>(), autoencoderParts = new LinkedHashMap<>();
    private final Denoiser denoiser;
    private final MultimodalEncoder encoder;
    private final Parameters parameters;
    private final IddpmLoss loss;
    private final Sketch sketch;                // null: without
    private final RecordCache cache;
    private final Batches batches;
    private final int[][] byKind;
    private final double[] shares;

    private MigeTraining(Config config, Path folder, Supplier<Corpus> corpus, Watch watch) {
        this.config = config;
        this.folder = folder;
        Base base = config.from().isEmpty() ? null : new Base(beside(config.from()));
        Path vae = beside(config.autoencoder()), tower = beside(config.tower());
        ModelConfig m = config.model() == null ? ModelConfig.read(base.folder) : config.model();
        AutoEncoder.Config pictures = config.autoencoder().isEmpty() ? ModelConfig.read(base.folder).autoencoder() : VaeTraining.configOf(vae);
        model = new ModelConfig(m.name(), m.pictureSize(), m.encoder(), m.denoiser(), pictures, m.prompts(), m.timeRounding(), m.prediction(),
                m.placedPatches(), m.defaults());
        loss = new IddpmLoss(NoiseSchedule.linear(), model.prediction());
        autoencoder = config.autoencoder().isEmpty() ? new AutoEncoder(pictures, base.checkpoint.weights().recordingInto(autoencoderParts))
                : VaeTraining.load(vae, autoencoderParts);
        vocabulary = vocabulary((config.tower().isEmpty() ? base.folder : tower).resolve(ContrastivePair.VOCABULARY));
        tokenizer = Tokenizer.read(vocabulary, ContrastivePair.VOCABULARY);
        Weights begin = base == null ? Weights.fresh(config.seed()) : base.checkpoint.weights();
        Weights weights = (config.tower().isEmpty() ? begin : under(tower, begin)).recordingInto(handedOut);
        denoiser = new Denoiser(model.denoiser(), weights);
        encoder = new MultimodalEncoder(model.encoder(), weights, model.patchFeatures(denoiser), config.compute());
        List<Path> origin = new ArrayList<>();
        if (config.autoencoder().isEmpty() || config.tower().isEmpty()) origin.addAll(Checkpoint.filesOf(base.folder));
        if (!config.autoencoder().isEmpty()) origin.add(vae.resolve(VaeTraining.WEIGHTS));
        if (!config.tower().isEmpty()) origin.add(tower.resolve(ContrastivePair.WEIGHTS));
        RecordCache.Shape shape = new RecordCache.Shape(model.pictureSize(), model.autoencoder().latentChannels(), model.latentSize(),
                model.encoder().vision().tokens(), model.encoder().vision().width(), Math.min(SHARD, config.records()), config.seed(), Fingerprint.of(origin));
        FrozenParts frozen = new FrozenParts(model, autoencoder, encoder, config.compute());
        Lazy maker = new Lazy(() -> config.dataSet() == null ? new RecordMaker(corpus.get(), config.seed(), tokenizer, frozen)
                : new DataSetRecords(DataSet.open(beside(config.dataSet().root()), config.dataSet().resolution(),
                        config.dataSet().lists().stream().map(this::beside).toArray(Path[]::new)), tokenizer, frozen));
        cache = RecordCache.open(beside(config.cache()), shape, config.records(), (first, count) -> maker.get().make(first, count), watch);
        Map<String, Tensor> trained = new LinkedHashMap<>(handedOut);
        sketch = config.sketch() == 0 ? null
                : new Sketch(model.encoder().text().width(), model.autoencoder().latentChannels(), model.latentSize(),
                        model.encoder().queries().queries(), model.encoder().slots(), Weights.fresh(config.seed() + 2).recordingInto(trained));
        parameters = new Parameters(trained, key -> trains(key) && config.frozen().stream().noneMatch(key::startsWith));
        int side = model.latentSize() / model.denoiser().patch();
        IntFunction<Item> items = i -> corpus.get().item(Split.TRAIN, config.seed(), i);
        batches = new Batches(cache, shape, encoder::layout, config.seed(), loss.steps(), config.portraits(),
                List.of(tokenizer.encode(model.prompts().subject()), tokenizer.encode("")), side * side,
                i -> config.gaze() == 0 || config.dataSet() != null ? null : corpus.get().sights(items.apply(i), side));
        byKind = new int[Kind.values().length][];
        shares = new double[byKind.length];
        for (Kind kind : Kind.values()) {
            byKind[kind.ordinal()] = IntStream.range(0, config.records() - config.heldOut()).filter(i -> cache.kind(i) == kind)
                    .filter(i -> !config.faced() || config.dataSet() != null || Corpus.faced(items.apply(i))).toArray();
            shares[kind.ordinal()] = byKind[kind.ordinal()].length * config.kinds().getOrDefault(kind, 1.0);
        }
    }

    private Path beside(String relative) {
        return folder.resolve(relative).normalize();
    }

    /** What trains: all but the frozen tower, its norm, and the buffers. */
    static boolean trains(String key) {
        return !key.startsWith("visual_encoder.") && !key.startsWith("ln_vision.") && !key.equals("y_embedder.y_embedding") && !key.equals("pos_embed");
    }

    /** Trains into {@code folder}, going on where an earlier run stopped; the averaged model lies in {@code folder/model}. */
    public static long run(Config config, Path folder, Supplier<Corpus> corpus, Watch watch) {
        return run(config, folder, corpus, watch, Crew.ALONE);
    }

    /** The same as one of a crew; the first of it makes missing records while the others wait. */
    public static long run(Config config, Path folder, Supplier<Corpus> corpus, Watch watch, Crew crew) {
        if (crew.rank() > 0) crew.meet();
        MigeTraining training = new MigeTraining(config, folder, corpus, watch);
        if (crew.rank() == 0) crew.meet();
        Joint objective = training.new Joint();
        Loop loop = new Loop(config.plan(), training.parameters, objective, folder, crew);
        long steps = loop.run(watch);
        if (crew.rank() == 0) training.parameters.with(loop.average(), training::export);
        return steps;
    }

    private static byte[] vocabulary(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException("there is no vocabulary %s; `mige train clip` writes one, and every model folder holds one", file);
        }
    }

    /** A model folder to go on with; small ones are read into float32, big ones stay mapped as they are stored. */
    private static final class Base {
        private static final long SMALL = 1L << 30;
        final Path folder;
        final Checkpoint checkpoint;

        Base(Path folder) {
            this.folder = folder;
            long bytes = Checkpoint.filesOf(folder).stream().mapToLong(f -> f.toFile().length()).sum();
            checkpoint = Checkpoint.open(bytes < SMALL ? Checkpoint.Keep.FLOAT32 : Checkpoint.Keep.AS_STORED, folder);
        }
    }

    /** The tower as it was trained, the rest as it begins. */
    private static Weights under(Path tower, Weights begin) {
        Weights seen = Checkpoint.open(tower.resolve(ContrastivePair.WEIGHTS)).weights();
        return Weights.over(new Weights.Source() {
            @Override
            public Tensor get(String key, Birth birth, long... shape) {
                return (frozenTower(key) ? seen : begin).get(key, birth, shape);
            }

            @Override
            public boolean has(String key) {
                return (frozenTower(key) ? seen : begin).has(key);
            }
        });
    }

    private static boolean frozenTower(String key) {
        return key.startsWith("visual_encoder.") || key.startsWith("ln_vision.");
    }

    /** Writes the weights as they are now as a model folder, bfloat16. */
    private void export() {
        try {
            Path to = Files.createDirectories(folder.resolve(MODEL));
            Map<String, List<SafeTensors.Item>> files = new LinkedHashMap<>();
            handedOut.forEach((key, tensor) -> files.computeIfAbsent(ModelFolder.fileOf(key), f -> new ArrayList<>()).add(TrainingState.item(key, tensor, DType.BF16)));
            for (var file : files.entrySet()) SafeTensors.write(to.resolve(file.getKey()), Map.of("made_by", "mige train mige"), file.getValue());
            SafeTensors.write(to.resolve(ModelFolder.AUTOENCODER), Map.of("made_by", "mige train vae"), autoencoderParts.entrySet().stream()
                    .map(e -> TrainingState.item(e.getKey(), e.getValue(), DType.BF16)).toList());
            Files.write(to.resolve(ContrastivePair.VOCABULARY), vocabulary);
            Files.writeString(to.resolve(ModelConfig.FILE), model.json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Joint implements Loop.Objective {

        @Override
        public Loop.Loss loss(long first, int count) {
            int[] records = new int[count];
            for (int i = 0; i < count; i++) records[i] = pick(new Rng(config.seed() + 1, first + i));
            Batches.Batch batch = batches.of(records, first, true);
            Gaze gaze = config.gaze() == 0 ? null : new Gaze(batch, model);
            Scene scene = scene(batch, gaze);
            if (first < config.sketchFirst()) return helped(scene, gaze, Tensor.zeros(), Map.of());
            if (!config.recompute()) {
                IddpmLoss.Losses losses = losses(scene, gaze);
                return helped(scene, gaze, losses.mean(), figures(losses));
            }
            Map<String, Tensor> figures = new LinkedHashMap<>();
            Tensor mean = denoiser.recomputing(scene.x.to(config.compute()), scene.canvas, scene.t, scene.words, scene.said.lengths(), made -> {
                IddpmLoss.Losses losses = losses(scene, made);
                figures.putAll(figures(losses));
                return losses.mean();
            });
            return helped(scene, null, mean, figures);
        }

        private Loop.Loss helped(Scene s, Gaze gaze, Tensor mean, Map<String, Tensor> figures) {
            Map<String, Tensor> all = new LinkedHashMap<>(figures);
            if (gaze != null) {
                Tensor astray = gaze.astray();
                all.put("gaze", astray.detach());
                mean = mean.add(astray.mul(config.gaze()));
            }
            if (sketch == null) return new Loop.Loss(mean, all);
            double scale = model.autoencoder().scale();
            Tensor help = sketch.change(s.said, s.clean, s.batch.canvas().mul(scale));
            all.put("sketch", help.detach());
            if (s.batch.references() != null) {
                Sketch.Shown shown = sketch.shown(s.said, s.batch.layouts(), s.batch.counts(), s.batch.references().mul(scale));
                all.put("sketch_shown", shown.missed().detach());
                all.put("sketch_places", shown.unplaced().detach());
                help = help.add(shown.missed()).add(shown.unplaced().mul(PLACES));
            }
            return new Loop.Loss(mean.add(help.mul(config.sketch())), all);
        }

        private Map<String, Tensor> figures(IddpmLoss.Losses losses) {
            return Map.of("mse", losses.mse().mean().detach(), "vb", losses.vb().mean().detach());
        }

        private int pick(Rng rng) {
            double all = Arrays.stream(shares).sum(), at = rng.nextDouble() * all;
            int kind = 0;
            while (kind < shares.length - 1 && (at -= shares[kind]) >= 0) kind++;
            while (byKind[kind].length == 0) kind--;
            return byKind[kind][rng.nextInt(byKind[kind].length)];
        }

        /** What the denoiser is shown of a batch, and what it is to answer. */
        private record Scene(Batches.Batch batch, Tensor clean, Tensor x, Tensor canvas, Tensor t, Conditioning said, Tensor words) {}

        private Scene scene(Batches.Batch b, Gaze gaze) {
            double scale = model.autoencoder().scale();
            Conditioning said = said(b, seen(b, gaze));
            Tensor words = said.states();
            if (b.anyDropped()) {
                Tensor unsaid = denoiser.nullText().narrow(0, 0, words.size(1)).unsqueeze(0).like(words);
                words = b.keepsText().gt(0.5).choose(words, unsaid);
            }
            Tensor z = b.clean().mul(scale);
            return new Scene(b, z, loss.noised(z, b.noise(), b.t()), b.canvas().mul(scale).to(config.compute()), times(b.t()), said, words);
        }

        private IddpmLoss.Losses losses(Scene s, Gaze gaze) {
            Denoiser.Looks looks = gaze == null ? Denoiser.Looks.UNSEEN : gaze.atWords();
            return losses(s, denoiser.forward(s.x.to(config.compute()), s.canvas, s.t, s.words, s.said.lengths(), looks));
        }

        private IddpmLoss.Losses losses(Scene s, Tensor made) {
            Tensor places = config.maskWeight() == 1 ? null : s.batch.mask().mul(config.maskWeight() - 1).add(1);
            return loss.of(made.to(DType.F32), s.clean, s.batch.noise(), s.x, s.batch.t(), places, config.snrLimit());
        }

        /** As the network will always see them: the published one knows them rounded to bfloat16 only. */
        private Tensor times(int[] t) {
            Tensor exact = Tensor.of(t, t.length).to(DType.F32);
            return model.timeRounding() == TimestepEmbedding.Rounding.NONE ? exact : exact.to(DType.BF16).to(DType.F32);
        }

        /** Embeddings [n, Q, E] of all references; null where there is none. */
        private Tensor seen(Batches.Batch b, Gaze gaze) {
            return b.tower() == null ? null : encoder.fuse(b.tower(), b.references(), gaze == null ? null : gaze.atPatches());
        }

        private Conditioning said(Batches.Batch b, Tensor all) {
            List<Tensor> seen = new ArrayList<>();
            int from = 0;
            for (int n : b.counts()) {
                seen.add(n == 0 ? null : all.narrow(0, from, n));
                from += n;
            }
            return encoder.join(b.layouts(), seen);
        }

        @Override
        public void show(long step, Metrics metrics) {
            int first = config.records() - config.heldOut(), size = config.plan().batch();
            Map<String, double[]> sums = new java.util.TreeMap<>();
            for (int from = first; from < config.records(); from += size) {
                int[] some = IntStream.range(from, Math.min(config.records(), from + size)).toArray();
                float[] mse = Scope.scoped(() -> losses(scene(batches.of(some, -1L - config.records() + some[0], false), null), (Gaze) null).mse().floats());
                for (int i = 0; i < some.length; i++) {
                    for (String name : List.of("held_out", "held_out_" + cache.kind(some[i]).task())) {
                        double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
                        sum[0] += mse[i];
                        sum[1]++;
                    }
                }
            }
            Map<String, Double> figures = new LinkedHashMap<>();
            sums.forEach((name, sum) -> figures.put(name, sum[0] / sum[1]));
            metrics.note(step, figures);
            if (config.shown() > 0) metrics.picture(step, "validation", Scope.scoped(() -> Sheet.rows(sheet())));
            export();
        }

        /** The same held-out requests each time, one a kind as far as they go: source, what is made, what should be. */
        private Tensor[] sheet() {
            int[] chosen = chosen();
            Batches.Batch b = batches.of(chosen, -1L, false);
            Conditioning said = said(b, seen(b, null));
            double scale = model.autoencoder().scale();
            Guidance guidance = new Guidance(model.defaults().editGuidance(), 1);
            var branches = guidance.branches();
            Prepared prepared = denoiser.prepare(branches, b.canvas().mul(scale), said.states(), said.lengths(), TimestepEmbedding.Rounding.NONE);
            Tensor noise = Latent.noise(config.seed(), 0, chosen.length, model.autoencoder().latentChannels(), model.latentSize(), model.latentSize()).values();
            NoiseModel network = model.prediction().noise(prepared::predict, NoiseSchedule.linear());
            Tensor made = model.walk(noise, guidance.around(branches, network, DType.F32), config.shownSteps(), false, new Rng(config.seed(), -3), DpmSolver.Watch.NOTHING);
            return new Tensor[] {autoencoder.decodeRaw(b.canvas()), autoencoder.decode(new Latent(made)), autoencoder.decodeRaw(b.clean())};
        }

        private int[] chosen() {
            List<Integer> chosen = new ArrayList<>();
            int first = config.records() - config.heldOut();
            List<Integer> rest = new ArrayList<>(IntStream.range(first, config.records()).boxed().toList());
            while (chosen.size() < config.shown() && !rest.isEmpty()) {
                for (Kind kind : Kind.values()) {
                    rest.stream().filter(i -> cache.kind(i) == kind).findFirst().ifPresent(i -> {
                        if (chosen.size() < config.shown()) chosen.add(i);
                        rest.remove(i);
                    });
                }
            }
            return chosen.stream().mapToInt(i -> i).toArray();
        }
    }

    /** Made when first asked for. */
    private static final class Lazy {
        private final Supplier<RecordCache.Maker> supplier;
        private RecordCache.Maker made;

        Lazy(Supplier<RecordCache.Maker> supplier) {
            this.supplier = supplier;
        }

        RecordCache.Maker get() {
            if (made == null) made = supplier.get();
            return made;
        }
    }
}

package mige.pipeline;

import static mige.tensor.Scope.scoped;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import mige.autoencoder.AutoEncoder;
import mige.autoencoder.Latent;
import mige.autoencoder.Moments;
import mige.autoencoder.Pixels;
import mige.denoiser.Branch;
import mige.denoiser.Prepared;
import mige.encoder.Conditioning;
import mige.encoder.MultimodalEncoder;
import mige.image.Framing;
import mige.image.Picture;
import mige.sampler.Guidance;
import mige.sampler.NoiseModel;
import mige.sampler.NoiseSchedule;
import mige.task.SubjectGeneration;
import mige.task.Task;
import mige.tensor.DType;
import mige.tensor.Tensor;
import mige.text.Prompt;
import mige.text.Tokenizer;
import mige.weights.LoadReport;

/**
 * The facade: makes pictures from a task.
 *
 * <pre>
 *   said   = encoder(words and pictures)             once a request
 *   canvas = autoencoder.encode(canvas) or zeros
 *   made   = solver(noise(seed, i), guidance around denoiser(x, t, said, canvas))
 *   result = autoencoder.decode(made)
 * </pre>
 *
 * <p>Safe for any number of threads: nothing changes after it is opened, and requests made at the same time give the pictures that they
 * give one after the other. They share the processor, so they do not finish sooner. {@link #close} frees the weights; requests still
 * running then fail. Source: MIGE sections 3.1-3.3; reference DIFFUSION.md section 11. Differences: docs/faithful.md.
 */
public final class Mige implements AutoCloseable {

    private final Model model;

    Mige(Model model) {
        this.model = model;
    }

    /** The small model that ships with the library. */
    public static Mige embedded() {
        return open(Embedded.folder());
    }

    /** The model in a folder written by {@code mige convert} or the trainer; big models are mapped, not read, so this is quick. */
    public static Mige open(Path folder) {
        return new Mige(Model.open(folder));
    }

    /** A tiny model with random weights, for tests of everything around it: pictures are noise, requests take milliseconds. */
    public static Mige random(long seed) {
        return new Mige(Model.random(seed, DType.F32));
    }

    public Creation create(Task task, Settings settings) {
        return create(task, settings, Progress.NONE);
    }

    public Creation create(Task task, Settings settings, Progress progress) {
        return create(task, settings, Chance.of(settings), progress);
    }

    /**
     * Makes {@code settings.count()} pictures of a task.
     *
     * @param chance   the noise; the usual one depends on the seed alone
     * @param progress hears each unit of work and may end the request
     * @throws CancelledException when progress asked for it
     */
    public Creation create(Task task, Settings wish, Chance chance, Progress progress) {
        Settings settings = model.config().resolve(wish, task);
        return Tensor.withoutGradients(() -> scoped(() -> new Request(task, settings, chance, new Watch(progress)).run()));
    }

    /** Name of the model, such as {@code nano}. */
    public String name() {
        return model.config().name();
    }

    /** Side of the pictures the model makes, in pixels. */
    public int size() {
        return model.config().pictureSize();
    }

    public ModelConfig config() {
        return model.config();
    }

    /** First 16 hexadecimal digits of a SHA-256 over the model's files, see {@link Model}. */
    public String hash() {
        return model.hash();
    }

    /** Which tensors of the files were used, mended, missing or left unread. */
    public LoadReport report() {
        return model.report();
    }

    /** The settings with every empty value replaced by the model's default for the task. */
    public Settings resolve(Settings settings, Task task) {
        return model.config().resolve(settings, task);
    }

    /** The autoencoder's own round trip of a picture of the model's size: the best that any edit can look. */
    public Picture roundTrip(Picture picture) {
        Picture square = Framing.covering(picture, size()).picture();
        return Tensor.withoutGradients(() -> scoped(() -> {
            AutoEncoder autoencoder = model.autoencoder();
            return Pixels.picture(autoencoder.decodeRaw(autoencoder.moments(Pixels.of(square)).mean()), 0);
        }));
    }

    @Override
    public void close() {
        model.close();
    }

    /** One request, from the user's task to pictures. */
    private final class Request {

        private final Task task;
        private final Settings settings;
        private final Chance chance;
        private final Watch watch;
        private final Prompt prompt;
        private final Optional<Framing.Placed> canvas;

        Request(Task task, Settings settings, Chance chance, Watch watch) {
            this.task = task;
            this.settings = settings;
            this.chance = chance;
            this.watch = watch;
            this.prompt = prompt();
            this.canvas = task.canvas().map(this::framedCanvas);
        }

        Creation run() {
            Optional<Moments> seen = canvas.map(placed -> scoped(() -> moments(placed.picture()))); // for canvas, instruction and region
            Supplier<Picture> untouched = () -> putBack(scoped(() -> Pixels.picture(model.autoencoder().decodeRaw(seen.orElseThrow().mean()), 0)));
            Latent source = scoped(() -> encodeCanvas(seen));                                       // [1, c, h, w]
            Conditioning said = scoped(() -> encodeInstruction(seen));                              // [1, L, D]
            NoiseModel step = guided(source, said);                                                 // x, t -> noise
            List<Picture> pictures = new ArrayList<>();
            List<Recipe> recipes = new ArrayList<>();
            for (int i = 0; i < settings.count(); i++) {
                Latent made = scoped(() -> sample(step, pictures.size()));
                pictures.add(scoped(() -> finish(made, untouched)));
                recipes.add(model.recipe(task, settings, i));
                watch.decoded(i + 1, settings.count());
            }
            return new Creation(pictures, recipes, prompt.notices());
        }

        private Prompt prompt() {
            ModelConfig config = model.config();
            Prompt whole = config.prompts().of(task, settings.faithful());
            if (settings.faithful()) return whole;
            Tokenizer tokenizer = model.tokenizer();
            return whole.fitted(s -> tokenizer.encode(s).length, config.encoder().queries().queries(), config.encoder().maxLength());
        }

        private Conditioning encodeInstruction(Optional<Moments> canvasSeen) {
            List<Picture> pictures = prompt.pictures();
            watch.encoded(0, pictures.size() + 1);
            List<Tensor> seen = new ArrayList<>(), latents = new ArrayList<>();
            int side = model.config().encoder().vision().side();
            for (int i = 0; i < pictures.size(); i++) {
                Picture picture = pictures.get(i);
                seen.add(rounded(Tensor.of(Framing.encoderPlanes(picture, side), 1, 3, side, side)));
                int slot = i;
                latents.add(scoped(() -> rounded(rawLatent(isCanvas(picture) ? canvasSeen.orElseThrow() : moments(framedReference(picture)), slot))));
                watch.encoded(i + 1, pictures.size() + 1);
            }
            List<int[]> segments = prompt.segments().stream().map(model.tokenizer()::encode).toList();
            Conditioning said = model.encoder().encode(pictures.isEmpty() ? MultimodalEncoder.Request.of(segments)
                    : new MultimodalEncoder.Request(segments, Tensor.cat(0, seen), Tensor.cat(0, latents)));
            watch.encoded(pictures.size() + 1, pictures.size() + 1);
            return said;
        }

        private Latent encodeCanvas(Optional<Moments> seen) {
            ModelConfig config = model.config();
            if (seen.isEmpty()) return Latent.blank(1, config.autoencoder().latentChannels(), config.latentSize(), config.latentSize());
            // The reference's edit program uses one draw for source and reference, its subject edit program two.
            int slot = task.instruction().pictures().size() <= 1 ? 0 : Chance.CANVAS;
            return new Latent(rounded(model.autoencoder().latent(rawLatent(seen.get(), slot)).values()));
        }

        /** The reference hands its networks bfloat16 numbers, so pixels and latents have eight significant bits. */
        private Tensor rounded(Tensor given) {
            return settings.faithful() ? given.to(DType.BF16).to(DType.F32) : given;
        }

        private Moments moments(Picture square) {
            return model.autoencoder().moments(Pixels.of(square));
        }

        private Tensor rawLatent(Moments moments, int slot) {
            return settings.faithful() ? moments.sample(chance.forPicture(slot, moments.mean().shape())) : moments.mean();
        }

        private boolean isCanvas(Picture picture) {
            return task.canvas().filter(picture::equals).isPresent();
        }

        private Framing.Placed framedCanvas(Picture source) {
            boolean square = source.width() == source.height();
            return square || settings.faithful() ? Framing.covering(source, size()) : Framing.within(source, size());
        }

        private Picture framedReference(Picture picture) {
            boolean whole = task instanceof SubjectGeneration || !settings.faithful();
            return (whole ? Framing.within(picture, size()) : Framing.covering(picture, size())).picture();
        }

        private NoiseModel guided(Latent source, Conditioning said) {
            var guidance = new Guidance(settings.guidance().getAsDouble(), settings.imageGuidance().getAsDouble());
            List<Branch> branches = settings.faithful() ? Guidance.branchesOfTheReference(task) : guidance.branches();
            Prepared prepared = scoped(() -> model.denoiser().prepare(branches, source.values().to(model.type()), said.states(), said.lengths(),
                    model.config().timeRounding()));
            NoiseModel noise = model.config().prediction().noise((x, t) -> prepared.predict(x.to(model.type()), t), NoiseSchedule.linear());
            return guidance.around(branches, noise, settings.faithful() ? DType.BF16 : DType.F32);
        }

        private Latent sample(NoiseModel step, int index) {
            ModelConfig config = model.config();
            int side = config.latentSize(), channels = config.autoencoder().latentChannels();
            Tensor noise = chance.initial(index, 1, channels, side, side);
            int steps = settings.steps().getAsInt(), from = index * steps, of = settings.count() * steps;
            if (index == 0) watch.denoised(0, of, Optional::empty);
            return new Latent(model.config().walk(noise, step, steps, settings.faithful(), chance.onTheWay(index), (done, all, clean) -> watch.denoised(from + done, of,
                    () -> Optional.of(scoped(() -> Pixels.picture(model.autoencoder().decode(new Latent(clean)), 0))))));
        }

        private Picture putBack(Picture square) {
            return canvas.orElseThrow().putBack(square, task.canvas().orElseThrow());
        }

        private Picture finish(Latent made, Supplier<Picture> untouched) {
            Picture square = Pixels.picture(model.autoencoder().decode(made), 0);
            if (canvas.isEmpty() || settings.faithful()) return square;
            Picture source = task.canvas().orElseThrow(), result = putBack(square);
            return settings.region().orElseThrow().apply(source, untouched, result);
        }
    }

    /** Turns progress's "no" into an exception, at one place. */
    private record Watch(Progress progress) {

        void encoded(int done, int of) {
            tell(Stage.ENCODING, done, of, Optional::empty);
        }

        boolean denoised(int done, int of, Supplier<Optional<Picture>> preview) {
            tell(Stage.DENOISING, done, of, preview);
            return true;
        }

        void decoded(int done, int of) {
            tell(Stage.DECODING, done, of, Optional::empty);
        }

        private void tell(Stage stage, int done, int of, Supplier<Optional<Picture>> preview) {
            if (!progress.step(stage, done, of, preview)) throw new CancelledException(stage, done, of);
        }
    }
}

package mige.denoiser;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import mige.denoiser.TimestepEmbedding.Rounding;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.ShapeException;
import mige.tensor.Tensor;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * The diffusion transformer: predicts the noise in a latent, told how noisy it is, what stood on the canvas, and what is wanted.
 *
 * <pre>
 *   tokens = patches([x, canvas]) + positions
 *   te, t0 = time(t)
 *   words  = W2 gelu(W1 text)
 *   tokens = block_i(tokens, words, t0)              for every block
 *   out    = unpatchify(final(tokens, te))           channels 0..c−1 noise, c..2c−1 variance
 * </pre>
 * <p>Source: MIGE section 3.2, PixArt-α XL/2 with a second latent on the input; DIFFUSION.md section 1.
 */
public final class Denoiser {

    /**
     * @param latentChannels c
     * @param latentSize     side of the latents it is made for; others work too, their positions are computed anew
     * @param patch          p
     * @param hidden         C, a multiple of 4 and of heads
     * @param textWidth      D
     * @param textTokens     rows of the null text: the most words there can be
     * @param mlpRatio       width of the blocks' MLP over C
     * @param positionScale  divides all coordinates; 1 as published
     */
    public record Config(int latentChannels, int latentSize, int patch, int hidden, int depth, int heads, int textWidth, int textTokens,
                         double mlpRatio, double positionScale) {

        public static final Config PUBLISHED = new Config(4, 64, 2, 1152, 28, 16, 4096, 256, 4, 1);
        /** For tests. */
        public static final Config TINY = new Config(4, 8, 2, 16, 2, 2, 12, 10, 4, 1);

        public Config {
            if (hidden % heads != 0 || hidden % 4 != 0) {
                throw new ShapeException("denoiser: width %d is no multiple of 4 and of %d heads", hidden, heads);
            }
            if (latentSize % patch != 0) throw new ShapeException("denoiser: latent side %d is no multiple of patch %d", latentSize, patch);
        }

        int outChannels() {
            return 2 * latentChannels;
        }

        int mlpWidth() {
            return (int) (hidden * mlpRatio);
        }
    }

    private final Config config;
    private final PatchEmbedding patches;
    private final TimestepEmbedding time;
    private final TextProjection project;
    private final Tensor nullText;
    private final List<DitBlock> blocks = new ArrayList<>();
    private final FinalLayer last;
    private final Tensor positions;

    /** @param weights the root: keys as in the published file */
    public Denoiser(Config config, Weights weights) {
        int c = config.hidden(), d = config.textWidth(), side = config.latentSize() / config.patch();
        Weights text = weights.at("y_embedder");
        this.config = config;
        patches   = new PatchEmbedding(config, weights.at("x_embedder").at("proj"));
        time      = new TimestepEmbedding(config, weights.at("t_embedder"), weights.at("t_block"));
        project   = new TextProjection(config, text.at("y_proj"));
        nullText  = text.get("y_embedding", Birth.normal(1 / Math.sqrt(d)), config.textTokens(), d);
        for (int i = 0; i < config.depth(); i++) blocks.add(new DitBlock(config, weights.at("blocks").at(i)));
        last      = new FinalLayer(config, weights.at("final_layer"));
        positions = weights.has("pos_embed") ? weights.get("pos_embed", Birth.ZERO, 1, (long) side * side, c)
                                             : Scope.outside(() -> table(side, side));
    }

    public Config config() {
        return config;
    }

    /** Patch features of raw (unscaled) latents [n, c, h, w] of reference pictures, without positions: [n, N, C]. */
    public Tensor patchFeatures(Tensor rawLatents) {
        return patches.features(checked("raw latents", rawLatents));
    }

    /** The same with the positions that the denoiser itself adds, so that who looks at them can tell where a patch lies: [n, N, C]. */
    public Tensor placedPatchFeatures(Tensor rawLatents) {
        return patchFeatures(rawLatents).add(positions(rawLatents));
    }

    /** The text that stands for no words [textTokens, D]; from the checkpoint, never trained. */
    public Tensor nullText() {
        return nullText;
    }

    /**
     * One plain pass; gradients flow through it.
     *
     * @param x       [B, c, h, w], h and w multiples of the patch
     * @param canvas  [B, c, h, w] in the denoiser's unit, zeros where there is none
     * @param t       [B], 0 to 999
     * @param text    [B, L, D]
     * @param lengths of each item, 1 to L: it sees its first rows only
     * @return [B, 2c, h, w]
     */
    public Tensor forward(Tensor x, Tensor canvas, Tensor t, Tensor text, int[] lengths) {
        return forward(x, canvas, t, text, lengths, Looks.UNSEEN);
    }

    /** Told how a pass looks at its words. */
    public interface Looks {
        /** Nobody is. */
        Looks UNSEEN = block -> null;

        /** Who is told the scores of a block's N tokens on the words, [B, heads, N, L], whose softmax is where they look; null: nobody. */
        Consumer<Tensor> of(int block);
    }

    /** The same, and {@code looks} is told. */
    public Tensor forward(Tensor x, Tensor canvas, Tensor t, Tensor text, int[] lengths, Looks looks) {
        checked("x", x);
        canvas.expect("canvas", "[B, c, h, w]", x.shape());
        t.expect("t", "[B]", x.size(0));
        Texts words = texts(text, lengths, x.size(0), x.type());
        Tensor tokens = patches.forward(x, canvas).add(positions(x));                                       // [B, N, C]
        return predict(tokens, time.forward(t, Rounding.NONE), x, block -> block.read(words.projected, words.bias), looks);
    }

    /**
     * The loss of a {@link #forward} pass that keeps only the input of each block and computes the blocks again for the gradient: a third
     * slower, and small in memory however deep the network is.
     *
     * <p>Gradients of the blocks' weights are there when this returns; those of everything before them (patches, time, text and what
     * gave it) come with one {@code backward()} of the result.
     *
     * @param loss from the prediction [B, 2c, h, w] to a scalar
     * @return that scalar
     */
    public Tensor recomputing(Tensor x, Tensor canvas, Tensor t, Tensor text, int[] lengths, UnaryOperator<Tensor> loss) {
        Texts words = texts(text, lengths, checked("x", x).size(0), x.type());
        var when = time.forward(t, Rounding.NONE);
        Tensor first = patches.forward(x, canvas).add(positions(x)), t0 = when.t0().like(x), te = when.te().like(x);
        Tensor read = leaf(words.projected), shared = leaf(t0), end = leaf(te);
        List<Tensor> inputs = new ArrayList<>(List.of(first.detach()));
        for (DitBlock block : blocks) {
            Tensor in = inputs.get(inputs.size() - 1);
            inputs.add(Scope.scoped(() -> Tensor.withoutGradients(() -> block.forward(in, block.read(read, words.bias), shared))));
        }
        Tensor made = leaf(inputs.get(blocks.size()));
        Tensor value = loss.apply(unpatchify(last.forward(made, end), x.size(2) / config.patch(), x.size(3) / config.patch()));
        value.backward();
        Tensor gradient = made.gradient();
        for (int i = blocks.size() - 1; i >= 0; i--) {
            DitBlock block = blocks.get(i);
            Tensor in = inputs.get(i), after = gradient;
            gradient = Scope.scoped(() -> {
                Tensor again = leaf(in);
                block.forward(again, block.read(read, words.bias), shared).backward(after);
                return again.gradient();
            });
        }
        Tensor before = first.mul(gradient).sum().add(words.projected.mul(read.gradient()).sum()).add(t0.mul(shared.gradient()).sum()).add(te.mul(end.gradient()).sum());
        return before.sub(before.detach()).add(value.detach());
    }

    private static Tensor leaf(Tensor x) {
        return x.detach().needGradient(true);
    }

    /**
     * Does once what no step changes: the words' projection, keys and values, and the canvas's part of the patches.
     *
     * @param branches the passes of a step, in order
     * @param canvas   [B, c, h, w], or [1, c, h, w] for all items
     * @param text     [B, L, D], or [1, L, D] for all items
     * @param lengths  one for each row of text
     */
    public Prepared prepare(List<Branch> branches, Tensor canvas, Tensor text, int[] lengths, Rounding rounding) {
        checked("canvas", canvas);
        List<Tensor> canvases = new ArrayList<>(), texts = new ArrayList<>();
        int[] all = new int[branches.size() * lengths.length];
        Tensor blank = Tensor.zeros(canvas.type(), canvas.shape());
        Tensor unsaid = text.size(1) > config.textTokens() ? text       // refused below, with the right message
                : nullText.narrow(0, 0, text.size(1)).like(text).unsqueeze(0).expand(text.shape());
        for (int i = 0; i < branches.size(); i++) {
            canvases.add(branches.get(i).seesCanvas ? canvas : blank);
            texts.add(branches.get(i).readsText ? text : unsaid);
            System.arraycopy(lengths, 0, all, i * lengths.length, lengths.length);
        }
        Texts words = texts(Tensor.cat(0, texts), all, all.length, canvas.type());
        Tensor ground = patches.canvasPart(Tensor.cat(0, canvases)).add(positions(canvas));                 // [branches · (B or 1), N, C]
        List<DitBlock.Words> read = new ArrayList<>();
        for (DitBlock block : blocks) read.add(block.read(words.projected, words.bias));
        return new Prepared(this, branches.size(), ground, read, rounding);
    }

    /** The step of a prepared request: x [B, c, h, w] to [branches · B, 2c, h, w]. */
    Tensor step(Prepared request, Tensor x, double t) {
        long n = request.branches(), c = config.hidden();
        Tensor ground = request.ground();
        Tensor noise = patches.noisePart(checked("x", x));                                                  // [B, N, C]
        Tensor tokens = ground.view(n, -1, ground.size(1), c).add(noise.unsqueeze(0)).view(-1, noise.size(1), c);   // [branches · B, N, C]
        var when = time.forward(Tensor.of(new float[] {(float) t}, 1), request.rounding());
        var words = request.words().iterator();
        return predict(tokens, when, x, block -> words.next(), Looks.UNSEEN);
    }

    private interface Reading {
        DitBlock.Words of(DitBlock block);
    }

    private Tensor predict(Tensor tokens, TimestepEmbedding.Embedded when, Tensor x, Reading words, Looks looks) {
        Tensor t0 = when.t0().like(x), te = when.te().like(x);
        List<UnaryOperator<Tensor>> steps = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            DitBlock block = blocks.get(i);
            Consumer<Tensor> told = looks.of(i);
            steps.add(z -> block.forward(z, words.of(block), t0, told));
        }
        steps.add(z -> last.forward(z, te));
        return unpatchify(Scope.through(tokens, steps), x.size(2) / config.patch(), x.size(3) / config.patch());
    }

    /** [B, N, p · p · 2c] to [B, 2c, h, w]. */
    private Tensor unpatchify(Tensor values, long rows, long columns) {
        int p = config.patch(), c = config.outChannels();
        return values.view(values.size(0), rows, columns, p, p, c).permute(0, 5, 1, 3, 2, 4)
                .reshape(values.size(0), c, rows * p, columns * p);
    }

    private record Texts(Tensor projected, Tensor bias) {}

    /** Projects text [G, L, D] to [G, L, C] and hides what lies beyond each length. */
    private Texts texts(Tensor text, int[] lengths, long items, DType type) {
        text.expect("text", "[B, L, D]", items, Tensor.ANY, config.textWidth());
        int most = (int) text.size(1);
        if (most > config.textTokens()) throw new ShapeException("text has %d words, expected at most %d", most, config.textTokens());
        if (lengths.length != items) throw new ShapeException("%d text lengths are given for %d texts", lengths.length, items);
        boolean padded = false;
        float[] hidden = new float[lengths.length * most];
        for (int i = 0; i < lengths.length; i++) {
            if (lengths[i] < 1 || lengths[i] > most) throw new ShapeException("text %d has length %d, expected 1 to %d", i, lengths[i], most);
            for (int l = lengths[i]; l < most; l++) hidden[i * most + l] = Float.NEGATIVE_INFINITY;
            padded |= lengths[i] < most;
        }
        Tensor bias = padded ? Tensor.of(hidden, items, 1, 1, most).to(type).expand(items, config.heads(), 1, most) : null;
        return new Texts(project.forward(text.to(type)), bias);
    }

    private Tensor positions(Tensor latent) {
        int rows = (int) latent.size(2) / config.patch(), columns = (int) latent.size(3) / config.patch();
        int side = config.latentSize() / config.patch();
        return (rows == side && columns == side ? positions : table(rows, columns)).like(latent);
    }

    private Tensor table(int rows, int columns) {
        return Positions.table(config.hidden(), rows, columns, config.latentSize() / config.patch(), config.positionScale());
    }

    private Tensor checked(String name, Tensor latent) {
        latent.expect(name, "[B, c, h, w]", Tensor.ANY, config.latentChannels(), Tensor.ANY, Tensor.ANY);
        if (latent.size(2) % config.patch() != 0 || latent.size(3) % config.patch() != 0) {
            throw new ShapeException("%s of %d x %d cells cannot be cut into patches of %d", name, latent.size(3), latent.size(2), config.patch());
        }
        return latent;
    }
}

package mige.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import mige.image.Picture;
import mige.tensor.UsageException;

/**
 * Endless examples for training and evaluation, drawn on demand: a function (split, seed, index) to {@link Example} that
 * gives the same pixels every time. Thread-safe.
 *
 * <p>Needs the drawings of the pinned packages in a folder ({@link CorpusFetch}); rasterises them once into
 * {@code sprites-*.bin} there, and keeps painted scenery in {@code lands-*.bin} beside it.
 */
public final class Corpus {

    private final Sprites sprites;
    private final Renderer renderer;
    private final Lands lands;
    private final Composer composer;
    private final Sights sights;
    private final Mix mix;

    private Corpus(Sprites sprites, Lands lands, Mix mix) {
        this.sprites = sprites;
        this.lands = lands;
        this.mix = mix;
        renderer = new Renderer(sprites, lands);
        composer = new Composer(sprites, mix);
        sights = new Sights(sprites);
    }

    /** The corpus of the packages in {@code folder}, pictures of {@code size} x {@code size}, all tasks mixed. */
    public static Corpus open(Path folder, int size) {
        return open(folder, size, Mix.JOINT, line -> { });
    }

    /**
     * The same with another mix; {@code progress} hears of the drawings being rasterised (half a minute, once).
     *
     * @throws UsageException when the folder lacks packages and has no rasterised drawings either
     */
    public static Corpus open(Path folder, int size, Mix mix, Consumer<String> progress) {
        if (size < 32 || size > 512 || size % 8 != 0)
            throw new UsageException("Pictures of %d pixels cannot be drawn; choose a multiple of 8 from 32 to 512", size);
        Path file = folder.resolve("sprites-" + Sprites.version() + ".bin");
        if (!Files.exists(file)) {
            if (!Files.isDirectory(folder) || CorpusFetch.missing(folder).size() == Packages.all().size())
                throw new UsageException("There are no drawings in %s; run 'mige corpus fetch' (45 MB, once)", folder);
            List<Sprite> drawn = SpriteBuild.build(folder, progress);
            try {
                Sprites.write(file, drawn);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Sprites sprites = Sprites.open(file, size <= 160);
        return new Corpus(sprites, Lands.in(folder, size, sprites), mix);
    }

    /** A corpus of drawings held in memory: for tests, and for those who bring their own. */
    static Corpus of(Sprites sprites, int size, Mix mix) {
        return new Corpus(sprites, Lands.inMemory(size, sprites), mix);
    }

    /** The same drawings and scenery with another mix. */
    public Corpus mixing(Mix other) {
        return new Corpus(sprites, lands, other);
    }

    public int size() {
        return lands.size();
    }

    public Mix mix() {
        return mix;
    }

    /** Number of drawings. */
    public int drawings() {
        return sprites.size();
    }

    /** Paints all scenery ahead (1 to 3 minutes at 128 pixels, once); otherwise it is painted as it is needed. */
    public void prepare(Steps progress) {
        lands.prepare(progress);
    }

    /** The example at a place of the endless stream of a split and seed. */
    public Example example(Split split, long seed, long index) {
        return render(item(split, seed, index));
    }

    /** The same, not drawn. */
    public Item item(Split split, long seed, long index) {
        return composer.compose(split, seed, index);
    }

    /** An item of one kind. */
    public Item item(Split split, long seed, long index, Kind kind) {
        return composer.compose(split, seed, index, kind);
    }

    /** An edit of a given picture: the next step of a chain; styles only in the last. */
    Item follow(Split split, long seed, long index, SceneSpec source, boolean last) {
        return composer.follow(split, seed, index, source, last);
    }

    /** Draws an item. */
    public Example render(Item item) {
        int n = size();
        Renderer.Frame target = renderer.draw(item.target()), source = item.source() == null ? null : renderer.draw(item.source());
        byte[] mask = new byte[n * n];
        if (source != null) for (int i = 0; i < n * n; i++) for (int c = 0; c < 3; c++)
            if (Math.abs((target.rgb()[3 * i + c] & 255) - (source.rgb()[3 * i + c] & 255)) > 8) mask[i] = (byte) 255;
        boolean inTarget = item.changed().stream().anyMatch(target.seen()::containsKey);
        int left = n, top = n, right = 0, bottom = 0;
        for (int id : item.changed()) {
            float[] seen = (inTarget ? target : source).seen().get(id), before = source == null ? null : source.seen().get(id);
            for (int i = 0; i < n * n; i++) {
                boolean here = seen != null && seen[i] > 0.35f;
                if (here || item.kind().local() && before != null && before[i] > 0.35f) mask[i] = (byte) 255;
                if (!here) continue;
                left = Math.min(left, i % n);
                right = Math.max(right, i % n + 1);
                top = Math.min(top, i / n);
                bottom = Math.max(bottom, i / n + 1);
            }
        }
        if (right == 0) {
            left = top = 0;
            right = bottom = n;
        }
        Optional<Picture> canvas = Optional.ofNullable(source).map(s -> Picture.of(n, n, s.rgb()));
        List<Picture> references = new ArrayList<>();
        for (Reference r : item.references()) references.add(r.isSource() ? canvas.orElseThrow() : Picture.of(n, n, reference(r)));
        return new Example(item, references, canvas, Picture.of(n, n, target.rgb()), mask, new Example.Box(left, top, right, bottom));
    }

    private byte[] reference(Reference r) {
        return switch (r.how()) {
            case "black" -> renderer.cutOut(r.object(), size(), 0);
            case "white" -> renderer.cutOut(r.object(), size(), 255);
            default -> renderer.draw(r.scene()).rgb();
        };
    }

    /**
     * For each cell of a grid of {@code side} x {@code side} over an item's target, row by row: the cell of the reference that shows what
     * stands there, {@code reference · side² + cell}, or -1 where none but the source does. Exact to a few pixels.
     */
    public int[] sights(Item item, int side) {
        return sights.of(item, side);
    }

    /** Whether all things of an item's target that references show are turned to the same side there; true if there are none. */
    public static boolean faced(Item item) {
        return Sights.faced(item);
    }

    /** One drawing alone on black or white, upright: for the towers that learn names, and for telling identities apart. */
    public Picture drawing(String concept, String set, int hue, boolean white) {
        ObjectSpec o = new ObjectSpec(0, concept, set, hue, null, null, 0.5, 0.5, null, 0.75, false, 0, 0);
        return Picture.of(size(), size(), renderer.cutOut(o, size(), white ? 255 : 0));
    }

    /** A thing of a specification alone on black or white. */
    Picture alone(ObjectSpec o, boolean white) {
        return Picture.of(size(), size(), renderer.cutOut(o, size(), white ? 255 : 0));
    }

    /** Sets that draw the concept, the held-out style among them. */
    public List<String> setsOf(String concept) {
        return sprites.setsOf(concept);
    }

    /** The picture of a specification of one's own. */
    public Picture picture(SceneSpec spec) {
        return Picture.of(size(), size(), renderer.draw(spec).rgb());
    }

    /** Where each thing of a specification can be seen, by its id; things that are hidden or outside are left out. */
    public Map<Integer, Example.Box> boxes(SceneSpec spec) {
        int n = size();
        Map<Integer, Example.Box> boxes = new java.util.TreeMap<>();
        renderer.draw(spec).seen().forEach((id, seen) -> {
            int left = n, top = n, right = 0, bottom = 0;
            for (int i = 0; i < n * n; i++) {
                if (seen[i] <= 0.35f) continue;
                left = Math.min(left, i % n);
                right = Math.max(right, i % n + 1);
                top = Math.min(top, i / n);
                bottom = Math.max(bottom, i / n + 1);
            }
            if (right > 0) boxes.put(id, new Example.Box(left, top, right, bottom));
        });
        return boxes;
    }

    /** Credits of the packages whose drawings a specification shows, the trees of its scenery among them. */
    public static List<String> credits(SceneSpec spec) {
        java.util.Set<String> sets = new java.util.LinkedHashSet<>();
        for (ObjectSpec o : spec.objects()) sets.add(o.set());
        if (Scene.named(spec.scene()).room() == Scene.Room.OUTDOORS) sets.add("fluent-emoji-3d");
        return Packages.all().stream().filter(p -> p.set() != null && sets.contains(p.set())).map(Packages.Entry::credit).toList();
    }

    /** Names of all scenes with the phrase that training says first. */
    public static Map<String, String> scenes() {
        Map<String, String> all = new java.util.LinkedHashMap<>();
        for (Scene s : Scene.ALL) all.put(s.name(), s.phrases().get(0));
        return all;
    }
}

package dev.mige4j.corpus;

import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.renderer.BackgroundCache;
import dev.mige4j.corpus.renderer.PatchCorrespondence;
import dev.mige4j.corpus.renderer.Renderer;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.AssetPackages;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteRasterizer;
import dev.mige4j.corpus.sprites.SpriteStore;
import dev.mige4j.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Endless examples for training and evaluation, drawn on demand: a function (split, seed, index) to {@link Example}
 * that gives the same pixels every time. Thread-safe.
 *
 * <p>Needs the drawings of the pinned packages in a folder ({@link dev.mige4j.corpus.CorpusDownloader}); rasterises
 * them once into {@code sprites-*.bin} there, and keeps painted scenery in {@code lands-*.bin} beside it.
 */
public final class Corpus {

    private final SpriteStore sprites;
    private final Renderer renderer;
    private final BackgroundCache backgrounds;
    private final ExampleComposer composer;
    private final PatchCorrespondence patchCorrespondence;
    private final TaskMix mix;

    private Corpus(SpriteStore sprites, BackgroundCache backgrounds, TaskMix mix) {
        this.sprites = sprites;
        this.backgrounds = backgrounds;
        this.mix = mix;
        renderer = new Renderer(sprites, backgrounds);
        composer = new ExampleComposer(sprites, mix);
        patchCorrespondence = new PatchCorrespondence(sprites);
    }

    /** The corpus of the packages in {@code folder}, pictures of {@code size} x {@code size}, all tasks mixed. */
    public static Corpus open(Path folder, int size) {
        return open(folder, size, TaskMix.JOINT, line -> {});
    }

    /**
     * The same with another mix; {@code progress} hears of the drawings being rasterised (half a minute, once).
     *
     * @throws UsageException when the folder lacks packages and has no rasterised drawings either
     */
    public static Corpus open(Path folder, int size, TaskMix mix, Consumer<String> progress) {
        if (size < 32 || size > 512 || size % 8 != 0)
            throw new UsageException(
                    "Pictures of %d pixels cannot be drawn; choose a multiple of 8 from 32 to 512", size);
        Path spriteFile = folder.resolve("sprites-" + SpriteStore.checksum() + ".bin");
        if (!Files.exists(spriteFile)) {
            List<Sprite> rasterized = SpriteRasterizer.rasterizeAll(folder, progress);
            SpriteStore.write(spriteFile, rasterized);
        }
        SpriteStore sprites = SpriteStore.open(spriteFile, size <= 160);
        return new Corpus(sprites, BackgroundCache.open(folder, size, sprites), mix);
    }

    /** A corpus of drawings held in memory: for tests, and for those who bring their own. */
    public static Corpus of(SpriteStore sprites, int size, TaskMix mix) {
        return new Corpus(sprites, BackgroundCache.inMemory(size, sprites), mix);
    }

    /** The same drawings and scenery with another mix. */
    public Corpus withMix(TaskMix mix) {
        return new Corpus(sprites, backgrounds, mix);
    }

    public int imageSize() {
        return backgrounds.size();
    }

    public TaskMix mix() {
        return mix;
    }

    /** Number of drawings. */
    public int spriteCount() {
        return sprites.size();
    }

    /** Paints all scenery ahead (1 to 3 minutes at 128 pixels, once); otherwise it is painted as it is needed. */
    public void precomputeBackgrounds(ProgressListener progress) {
        backgrounds.precompute(progress);
    }

    /** The example at a place of the endless stream of a split and seed. */
    public Example example(Split split, long seed, long index) {
        return render(exampleSpec(split, seed, index));
    }

    /** The same, not drawn. */
    public ExampleSpec exampleSpec(Split split, long seed, long index) {
        return composer.compose(split, seed, index);
    }

    /** An item of one kind. */
    public ExampleSpec exampleSpec(Split split, long seed, long index, TaskKind kind) {
        return composer.compose(split, seed, index, kind);
    }

    /** Draws an item. */
    public Example render(ExampleSpec spec) {
        int n = imageSize();
        Renderer.RenderedScene target = renderer.render(spec.target()),
                source = spec.source() == null ? null : renderer.render(spec.source());
        byte[] mask = new byte[n * n];
        if (source != null)
            for (int i = 0; i < n * n; i++)
                for (int c = 0; c < 3; c++)
                    if (Math.abs((target.rgb()[3 * i + c] & 255) - (source.rgb()[3 * i + c] & 255)) > 8)
                        mask[i] = (byte) 255;
        boolean inTarget = spec.changedIds().stream().anyMatch(target.visibility()::containsKey);
        int left = n, top = n, right = 0, bottom = 0;
        for (int id : spec.changedIds()) {
            float[] visibility = (inTarget ? target : source).visibility().get(id),
                    visibilityBefore =
                            source == null ? null : source.visibility().get(id);
            for (int i = 0; i < n * n; i++) {
                boolean visible = visibility != null && visibility[i] > 0.35f;
                if (visible || spec.kind().isLocal() && visibilityBefore != null && visibilityBefore[i] > 0.35f)
                    mask[i] = (byte) 255;
                if (!visible) continue;
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
        Optional<Image> sourceImage = Optional.ofNullable(source).map(s -> Image.of(n, n, s.rgb()));
        List<Image> references = new ArrayList<>();
        for (ReferenceSpec reference : spec.references())
            references.add(
                    reference.isSource() ? sourceImage.orElseThrow() : Image.of(n, n, renderReference(reference)));
        return new Example(
                spec,
                references,
                sourceImage,
                Image.of(n, n, target.rgb()),
                mask,
                new Example.BoundingBox(left, top, right, bottom));
    }

    private byte[] renderReference(ReferenceSpec r) {
        return switch (r.presentation()) {
            case "black" -> renderer.renderCutout(r.object(), imageSize(), 0);
            case "white" -> renderer.renderCutout(r.object(), imageSize(), 255);
            default -> renderer.render(r.scene()).rgb();
        };
    }

    /**
     * For each cell of a grid of {@code side} x {@code side} over an item's target, row by row: the cell of the
     * reference that shows what stands there, {@code reference · side² + cell}, or -1 where none but the source does.
     * Exact to a few pixels.
     */
    public int[] patchCorrespondence(ExampleSpec spec, int gridSize) {
        return patchCorrespondence.compute(spec, gridSize);
    }

    /**
     * Whether all things of an item's target that references show are turned to the same side there; true if there are
     * none.
     */
    public static boolean matchesOrientation(ExampleSpec spec) {
        return PatchCorrespondence.matchesOrientation(spec);
    }

    /**
     * One drawing alone on black or white, upright: for the towers that learn names, and for telling identities apart.
     */
    public Image spriteImage(String concept, String iconSet, int hueShift, boolean onWhite) {
        ObjectSpec object =
                new ObjectSpec(0, concept, iconSet, hueShift, null, null, 0.5, 0.5, null, 0.75, false, 0, 0);
        return Image.of(imageSize(), imageSize(), renderer.renderCutout(object, imageSize(), onWhite ? 255 : 0));
    }

    /** A thing of a specification alone on black or white. */
    Image objectImage(ObjectSpec object, boolean onWhite) {
        return Image.of(imageSize(), imageSize(), renderer.renderCutout(object, imageSize(), onWhite ? 255 : 0));
    }

    /** Sets that draw the concept, the held-out style among them. */
    public List<String> iconSetsOf(String concept) {
        return sprites.iconSetsOf(concept);
    }

    /** The picture of a specification of one's own. */
    public Image renderScene(SceneSpec spec) {
        return Image.of(imageSize(), imageSize(), renderer.render(spec).rgb());
    }

    /** Where each thing of a specification can be seen, by its id; things that are hidden or outside are left out. */
    public Map<Integer, Example.BoundingBox> boundingBoxes(SceneSpec spec) {
        int n = imageSize();
        Map<Integer, Example.BoundingBox> boxes = new java.util.TreeMap<>();
        renderer.render(spec).visibility().forEach((id, visibility) -> {
            int left = n, top = n, right = 0, bottom = 0;
            for (int i = 0; i < n * n; i++) {
                if (visibility[i] <= 0.35f) continue;
                left = Math.min(left, i % n);
                right = Math.max(right, i % n + 1);
                top = Math.min(top, i / n);
                bottom = Math.max(bottom, i / n + 1);
            }
            if (right > 0) boxes.put(id, new Example.BoundingBox(left, top, right, bottom));
        });
        return boxes;
    }

    /** Credits of the packages whose drawings a specification shows, the trees of its scenery among them. */
    public static List<String> credits(SceneSpec spec) {
        java.util.Set<String> iconSets = new java.util.LinkedHashSet<>();
        for (ObjectSpec o : spec.objects()) iconSets.add(o.iconSet());
        if (Scene.byName(spec.scene()).environment() == Scene.Environment.OUTDOORS) iconSets.add("fluent-emoji-3d");
        return AssetPackages.all().stream()
                .filter(p -> p.iconSet() != null && iconSets.contains(p.iconSet()))
                .map(AssetPackages.AssetPackage::credit)
                .toList();
    }

    /** Names of all scenes with the phrase that training says first. */
    public static Map<String, String> scenePhrases() {
        Map<String, String> phrases = new java.util.LinkedHashMap<>();
        for (Scene s : Scene.ALL) phrases.put(s.name(), s.phrases().get(0));
        return phrases;
    }
}

package dev.mige4j.corpus;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Example.BoundingBox;
import dev.mige4j.corpus.composer.ExampleComposer;
import dev.mige4j.corpus.composer.TaskMix;
import dev.mige4j.corpus.renderer.BackgroundCache;
import dev.mige4j.corpus.renderer.PatchCorrespondence;
import dev.mige4j.corpus.renderer.Renderer;
import dev.mige4j.corpus.renderer.Renderer.RenderedScene;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.ObjectSpec;
import dev.mige4j.corpus.specification.ReferenceSpec;
import dev.mige4j.corpus.specification.Scene;
import dev.mige4j.corpus.specification.SceneSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.corpus.sprites.AssetPackages;
import dev.mige4j.corpus.sprites.MissingPackagesException;
import dev.mige4j.corpus.sprites.Sprite;
import dev.mige4j.corpus.sprites.SpriteRasterizer;
import dev.mige4j.corpus.sprites.SpriteStore;
import dev.mige4j.image.Image;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Synthetic dataset of rendered examples for training and evaluation. An example is a deterministic function of (split,
 * seed, index). Thread-safe.
 *
 * <p>Needs a folder with the icon packages ({@link CorpusDownloader}). It rasterises them once into
 * {@code sprites-*.bin} there, and caches painted backgrounds in {@code lands-*.bin}.
 */
public final class Corpus {

    private final SpriteStore sprites;
    private final Renderer renderer;
    private final BackgroundCache backgrounds;
    private final ExampleComposer composer;
    private final PatchCorrespondence patchCorrespondence;
    private final TaskMix mix;

    private Corpus(
            SpriteStore sprites,
            BackgroundCache backgrounds,
            Renderer renderer,
            ExampleComposer composer,
            TaskMix mix) {
        this.sprites = sprites;
        this.backgrounds = backgrounds;
        this.renderer = renderer;
        this.mix = mix;
        this.composer = composer;
        patchCorrespondence = new PatchCorrespondence(sprites, backgrounds.size());
    }

    /** As {@link #open(Path, int, TaskMix, ProgressListener)} with all tasks. */
    public static Corpus open(Path folder, int size) {
        return open(folder, size, TaskMix.JOINT, ProgressListener.NONE);
    }

    /**
     * Opens the corpus of a folder.
     *
     * @param size side of the images in pixels: a multiple of 8 from 32 to 512
     * @param progress counts the packages while their icons are rasterised, which takes half a minute once
     * @throws MissingPackagesException when the folder has neither rasterised icons nor all packages
     * @throws UsageException when the size is not supported
     * @throws CancelledException when the listener cancels
     */
    public static Corpus open(Path folder, int size, TaskMix mix, ProgressListener progress) {
        if (size < 32 || size > 512 || size % 8 != 0)
            throw new UsageException(
                    "The corpus cannot render images of %d pixels; the size must be a multiple of 8 from 32 to 512.",
                    size);
        Path spriteFile = folder.resolve("sprites-" + SpriteStore.checksum() + ".bin");
        if (!Files.exists(spriteFile)) SpriteStore.write(spriteFile, SpriteRasterizer.rasterizeAll(folder, progress));
        SpriteStore sprites = SpriteStore.open(spriteFile, size <= 160);
        return of(sprites, BackgroundCache.open(folder, size, sprites), mix);
    }

    /** A corpus of other sprites than those of the packages, with backgrounds in memory. */
    public static Corpus of(SpriteStore sprites, int size, TaskMix mix) {
        return of(sprites, BackgroundCache.inMemory(size, sprites), mix);
    }

    private static Corpus of(SpriteStore sprites, BackgroundCache backgrounds, TaskMix mix) {
        return new Corpus(
                sprites, backgrounds, new Renderer(sprites, backgrounds), new ExampleComposer(sprites, mix), mix);
    }

    /** The same sprites and backgrounds with another task mix. */
    public Corpus withMix(TaskMix mix) {
        return new Corpus(sprites, backgrounds, renderer, composer.withMix(mix), mix);
    }

    /**
     * The same corpus, which can also render objects with these sprites. Its examples remain the same: a concept of
     * {@link dev.mige4j.corpus.specification.Concept} must not get new sprites here.
     */
    public Corpus withSprites(List<Sprite> added) {
        SpriteStore extended = sprites.with(added);
        return new Corpus(extended, backgrounds, new Renderer(extended, backgrounds), composer, mix);
    }

    /** Side of the images in pixels. */
    public int imageSize() {
        return backgrounds.size();
    }

    /** The task mix of {@link #example(Split, long, long)}. */
    public TaskMix mix() {
        return mix;
    }

    /** Number of sprites. */
    public int spriteCount() {
        return sprites.size();
    }

    /** Paints all backgrounds in advance (1 to 3 minutes at 128 pixels, once) instead of when they are needed. */
    public void precomputeBackgrounds(ProgressListener progress) {
        backgrounds.precompute(progress);
    }

    /** The example at an index of a split; another seed gives other examples. */
    public Example example(Split split, long seed, long index) {
        return render(exampleSpec(split, seed, index));
    }

    /** The specification of {@link #example(Split, long, long)}. */
    public ExampleSpec exampleSpec(Split split, long seed, long index) {
        return composer.compose(split, seed, index);
    }

    /** The specification of an example of one task kind. */
    public ExampleSpec exampleSpec(Split split, long seed, long index, TaskKind kind) {
        return composer.compose(split, seed, index, kind);
    }

    /** Renders an example. */
    public Example render(ExampleSpec spec) {
        RenderedScene target = renderer.render(spec.target());
        RenderedScene source = spec.source() == null ? null : renderer.render(spec.source());
        Optional<Image> sourceImage = Optional.ofNullable(source).map(s -> image(s.rgb()));
        List<Image> references = new ArrayList<>();
        for (ReferenceSpec reference : spec.references())
            references.add(reference.isSource() ? sourceImage.orElseThrow() : renderReference(reference));
        return new Example(
                spec,
                references,
                sourceImage,
                image(target.rgb()),
                mask(spec, source, target),
                boundingBox(spec, source, target));
    }

    private Image image(byte[] rgb) {
        return Image.of(imageSize(), imageSize(), rgb);
    }

    private Image renderReference(ReferenceSpec reference) {
        return switch (reference.presentation()) {
            case "black" -> objectImage(reference.object(), false);
            case "white" -> objectImage(reference.object(), true);
            default -> renderScene(reference.scene());
        };
    }

    /** See {@link Example#mask}. */
    private byte[] mask(ExampleSpec spec, RenderedScene source, RenderedScene target) {
        int pixels = imageSize() * imageSize();
        byte[] mask = new byte[pixels];
        if (source != null)
            for (int i = 0; i < 3 * pixels; i++)
                if (Math.abs((target.rgb()[i] & 255) - (source.rgb()[i] & 255)) > 8) mask[i / 3] = (byte) 255;
        RenderedScene changedScene = sceneWithChanges(spec, source, target);
        for (int id : spec.changedIds()) {
            float[] coverage = changedScene.visibility().get(id),
                    sourceCoverage =
                            source != null && spec.kind().isLocal()
                                    ? source.visibility().get(id)
                                    : null;
            for (int i = 0; i < pixels; i++)
                if (Visibility.isVisible(coverage, i) || Visibility.isVisible(sourceCoverage, i)) mask[i] = (byte) 255;
        }
        return mask;
    }

    /** See {@link Example#boundingBox}; the whole image when no changed object is visible. */
    private BoundingBox boundingBox(ExampleSpec spec, RenderedScene source, RenderedScene target) {
        Map<Integer, float[]> visibility =
                sceneWithChanges(spec, source, target).visibility();
        List<float[]> coverages =
                spec.changedIds().stream().map(visibility::get).toList();
        int n = imageSize();
        return Visibility.bounds(coverages, n).orElseGet(() -> new BoundingBox(0, 0, n, n));
    }

    /** The target if it has one of the changed objects, otherwise the source. */
    private static RenderedScene sceneWithChanges(ExampleSpec spec, RenderedScene source, RenderedScene target) {
        return spec.changedIds().stream().anyMatch(target.visibility()::containsKey) ? target : source;
    }

    /**
     * The corresponding reference patches of the target, which is divided into {@code gridSize} x {@code gridSize}
     * patches. Exact to a few pixels.
     *
     * @return [gridSize*gridSize] row by row: {@code reference * gridSize² + patch}, or -1 where no reference shows the
     *     centre of the patch
     */
    public int[] patchCorrespondence(ExampleSpec spec, int gridSize) {
        return patchCorrespondence.compute(spec, gridSize);
    }

    /** Whether all referenced objects of the target have the same flip in their reference; true if there are none. */
    public static boolean matchesOrientation(ExampleSpec spec) {
        return PatchCorrespondence.matchesOrientation(spec);
    }

    /** An icon alone and upright on black or white, for training on names and for comparing identities. */
    public Image spriteImage(String concept, String iconSet, int hueShift, boolean onWhite) {
        return objectImage(
                ObjectSpec.builder(0, concept, iconSet)
                        .hueShift(hueShift)
                        .size(0.75)
                        .build(),
                onWhite);
    }

    /** An object alone on black or white. */
    Image objectImage(ObjectSpec object, boolean onWhite) {
        return image(renderer.renderCutout(object, imageSize(), onWhite ? 255 : 0));
    }

    /** The icon sets that have the concept; the held-out style may be among them. */
    public List<String> iconSetsOf(String concept) {
        return sprites.iconSetsOf(concept);
    }

    /** Renders a scene. */
    public Image renderScene(SceneSpec spec) {
        return image(renderer.render(spec).rgb());
    }

    /** The bounds of each visible object of a scene by its id, in ascending order. */
    public Map<Integer, BoundingBox> boundingBoxes(SceneSpec spec) {
        Map<Integer, BoundingBox> boxes = new TreeMap<>();
        renderer.render(spec).visibility().forEach((id, coverage) -> Visibility.bounds(List.of(coverage), imageSize())
                .ifPresent(box -> boxes.put(id, box)));
        return boxes;
    }

    /** Credits of the packages whose icons a scene shows, the plants of its background included. */
    public static List<String> credits(SceneSpec spec) {
        Set<String> iconSets = new LinkedHashSet<>();
        for (ObjectSpec o : spec.objects()) iconSets.add(o.iconSet());
        if (Scene.byName(spec.scene()).environment() == Scene.Environment.OUTDOORS) iconSets.add("fluent-emoji-3d");
        return AssetPackages.all().stream()
                .filter(p -> p.iconSet() != null && iconSets.contains(p.iconSet()))
                .map(AssetPackages.AssetPackage::credit)
                .toList();
    }

    /** The default phrase of each scene by its name, such as "on a beach". */
    public static Map<String, String> scenePhrases() {
        Map<String, String> phrases = new LinkedHashMap<>();
        for (Scene s : Scene.ALL) phrases.put(s.name(), s.phrases().get(0));
        return phrases;
    }
}

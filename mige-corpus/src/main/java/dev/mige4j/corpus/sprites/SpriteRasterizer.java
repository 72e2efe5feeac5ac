package dev.mige4j.corpus.sprites;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import dev.mige4j.common.CancelledException;
import dev.mige4j.common.Json;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.TsvResource;
import java.awt.Component;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Rasterises the icons of the packages to sprites of at most 256 pixels, cropped to their visible part, on all
 * processors.
 *
 * <p>An icon belongs to a concept when {@code chars.json} of its package maps the concept's code to it. Packages
 * without this file are matched by normalised name: the concept's name and its names in emojibase. Resource
 * {@code exclude.tsv} lists pairs of icon set and concept for which this gives a wrong icon, or only a head.
 */
public final class SpriteRasterizer {

    private static final int SIZE = 256;

    /**
     * Plants that backgrounds are decorated with; no instruction names them, so they are not in the list of concepts.
     */
    private static final List<Concept> SCENERY_CONCEPTS = List.of(
            plant("1f332", "evergreen tree"),
            plant("1f333", "deciduous tree"),
            plant("1f334", "palm tree"),
            plant("1f335", "cactus"),
            plant("1f33a", "hibiscus plant"));

    private static Concept plant(String code, String name) {
        return new Concept(code, name, Concept.Category.PLANT, 1, Set.of());
    }

    private SpriteRasterizer() {}

    /**
     * All sprites of the packages in the folder.
     *
     * @param progress counts the packages
     * @throws MissingPackagesException when the folder lacks packages
     * @throws CancelledException when the listener cancels
     */
    public static List<Sprite> rasterizeAll(Path folder, ProgressListener progress) {
        List<String> missing = AssetPackages.missingFrom(folder);
        if (!missing.isEmpty()) throw new MissingPackagesException(folder, missing);
        try {
            EmojiNames names = EmojiNames.load(folder);
            List<Sprite> sprites = new ArrayList<>();
            int done = 0, total = AssetPackages.all().size();
            for (AssetPackages.AssetPackage entry : AssetPackages.all()) {
                if ("fluent-emoji-3d".equals(entry.iconSet())) readRasterIcons(folder, entry, sprites);
                else if (entry.iconSet() != null) rasterizeIconSet(folder, entry, names, sprites);
                if (!progress.onProgress("icons", ++done, total))
                    throw new CancelledException("The rasterisation of the icons was cancelled.");
            }
            return sprites;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pairs of icon set and concept that must not be used. */
    static Set<List<String>> excludedPairs() {
        Set<List<String>> pairs = new HashSet<>();
        for (String[] row : TsvResource.read(SpriteRasterizer.class, "exclude.tsv")) pairs.add(List.of(row[0], row[1]));
        return pairs;
    }

    private static List<Concept> conceptsToDraw() {
        List<Concept> concepts = new ArrayList<>(Concept.all());
        concepts.addAll(SCENERY_CONCEPTS);
        return concepts;
    }

    private static void rasterizeIconSet(
            Path folder, AssetPackages.AssetPackage entry, EmojiNames names, List<Sprite> sprites) throws IOException {
        Map<String, byte[]> files =
                NpmArchive.read(folder.resolve(entry.file()), f -> f.equals("icons.json") || f.equals("chars.json"));
        rasterizeIconSet(
                entry.iconSet(),
                Json.MAPPER.readTree(files.remove("icons.json")),
                Json.MAPPER.readTree(files.get("chars.json")),
                names.byCode(),
                sprites);
    }

    /**
     * Adds the sprites of one icon set.
     *
     * @param icons the content of {@code icons.json}
     * @param chars maps codes to icon names; may be empty
     * @param names normalised names by code, for icon sets without {@code chars}
     */
    static void rasterizeIconSet(
            String iconSet, JsonNode icons, JsonNode chars, Map<String, Set<String>> names, List<Sprite> sprites) {
        Map<String, String> byCode = new HashMap<>(), byName = new HashMap<>();
        for (Map.Entry<String, JsonNode> e : chars.properties())
            byCode.put(EmojiNames.normalizeCode(e.getKey()), e.getValue().asText());
        icons.path("icons").fieldNames().forEachRemaining(n -> byName.put(EmojiNames.normalizeName(n), n));
        icons.path("aliases").fieldNames().forEachRemaining(n -> byName.putIfAbsent(EmojiNames.normalizeName(n), n));
        Set<List<String>> excluded = excludedPairs();
        conceptsToDraw().parallelStream()
                .filter(concept -> !excluded.contains(List.of(iconSet, concept.name())))
                .map(concept -> {
                    String icon = byCode.isEmpty()
                            ? findByName(concept, names.getOrDefault(concept.code(), Set.of()), byName)
                            : byCode.get(concept.code());
                    return icon == null ? null : rasterizeIcon(concept, iconSet, icon, icons);
                })
                .filter(Objects::nonNull)
                .forEachOrdered(sprites::add);
    }

    /** The first icon with one of the concept's names; null when there is none. */
    private static String findByName(Concept concept, Set<String> emojiNames, Map<String, String> byName) {
        Set<String> candidates = new LinkedHashSet<>(emojiNames);
        candidates.add(EmojiNames.normalizeName(concept.name()));
        return candidates.stream()
                .map(byName::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The sprite of an icon or alias; null when the icon set lacks it or nothing of it is visible. */
    private static Sprite rasterizeIcon(Concept concept, String iconSet, String icon, JsonNode icons) {
        JsonNode node = icons.path("icons").path(icon);
        boolean flip = false;
        if (node.isMissingNode()) {
            JsonNode alias = icons.path("aliases").path(icon);
            flip = alias.path("hFlip").asBoolean();
            node = icons.path("icons").path(alias.path("parent").asText());
            if (node.isMissingNode()) return null;
        }
        return cropToVisible(concept.name(), iconSet, rasterizeSvg(node, icons), flip);
    }

    private static BufferedImage rasterizeSvg(JsonNode icon, JsonNode icons) {
        StringBuilder viewBox = new StringBuilder();
        for (String key : List.of("left", "top", "width", "height")) {
            double defaultValue = key.equals("left") || key.equals("top") ? 0 : 16;
            viewBox.append(icon.path(key).asDouble(icons.path(key).asDouble(defaultValue)))
                    .append(' ');
        }
        String svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\""
                + viewBox.toString().trim() + "\" width=\"" + SIZE + "\" height=\"" + SIZE + "\">"
                + icon.get("body").asText() + "</svg>";
        SVGDocument document = new SVGLoader()
                .load(
                        new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)),
                        null,
                        LoaderContext.createDefault());
        BufferedImage image = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB_PRE);
        if (document == null) return image;
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        document.render((Component) null, graphics, new ViewBox(SIZE, SIZE));
        graphics.dispose();
        return image;
    }

    private static void readRasterIcons(Path folder, AssetPackages.AssetPackage entry, List<Sprite> sprites)
            throws IOException {
        Map<String, Concept> byCode = new HashMap<>();
        for (Concept concept : conceptsToDraw()) byCode.put(concept.code(), concept);
        Set<List<String>> excluded = excludedPairs();
        Map<String, byte[]> files = NpmArchive.read(
                folder.resolve(entry.file()),
                f -> f.endsWith(".webp")
                        && byCode.containsKey(
                                EmojiNames.normalizeCode(f.substring(f.lastIndexOf('/') + 1, f.length() - 5))));
        List.copyOf(new TreeSet<>(files.keySet())).parallelStream()
                .map(name -> {
                    Concept concept = byCode.get(
                            EmojiNames.normalizeCode(name.substring(name.lastIndexOf('/') + 1, name.length() - 5)));
                    return excluded.contains(List.of(entry.iconSet(), concept.name()))
                            ? null
                            : cropToVisible(
                                    concept.name(), entry.iconSet(), decodeWebP(entry, name, files.get(name)), false);
                })
                .filter(Objects::nonNull)
                .forEachOrdered(sprites::add);
    }

    /**
     * Decodes with the reader of TwelveMonkeys, with which all corpora so far were made: it repeats the chroma of lossy
     * files, where libwebp interpolates, so other edges of these icons would differ.
     */
    private static BufferedImage decodeWebP(AssetPackages.AssetPackage entry, String name, byte[] file) {
        ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
        try (ImageInputStream input = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(input);
            BufferedImage decoded = reader.read(0);
            BufferedImage image =
                    new BufferedImage(decoded.getWidth(), decoded.getHeight(), BufferedImage.TYPE_INT_ARGB_PRE);
            Graphics2D graphics = image.createGraphics();
            graphics.drawImage(decoded, 0, 0, null);
            graphics.dispose();
            return image;
        } catch (IOException e) {
            throw new UsageException("%s: %s cannot be read as WebP (%s).", entry.file(), name, e.getMessage(), e);
        } finally {
            reader.dispose();
        }
    }

    /** The part with alpha above 8 as a sprite; null when it is smaller than 9 pixels. */
    private static Sprite cropToVisible(String concept, String iconSet, BufferedImage image, boolean flip) {
        int w = image.getWidth(), h = image.getHeight();
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int x0 = w, y0 = h, x1 = -1, y1 = -1;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                if (pixels[y * w + x] >>> 24 <= 8) continue;
                x0 = Math.min(x0, x);
                x1 = Math.max(x1, x);
                y0 = Math.min(y0, y);
                y1 = Math.max(y1, y);
            }
        if (x1 < x0 + 8 || y1 < y0 + 8) return null;
        int cw = x1 - x0 + 1, ch = y1 - y0 + 1;
        int[] argb = new int[cw * ch];
        for (int y = 0; y < ch; y++)
            for (int x = 0; x < cw; x++) argb[y * cw + (flip ? cw - 1 - x : x)] = pixels[(y + y0) * w + x + x0];
        return Sprite.of(concept, iconSet, cw, ch, argb);
    }
}

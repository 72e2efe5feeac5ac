package dev.mige4j.corpus.sprites;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.specification.Concept;
import dev.mige4j.corpus.specification.TsvResource;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
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
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import javax.imageio.ImageIO;

/**
 * Draws the icons of the packages once, at 256 pixels, cropped to what is visible.
 *
 * <p>An icon belongs to a concept when its set's {@code chars.json} says so (code points without fe0f); sets without
 * that table are joined by normalised name against the concept's names and short codes in emojibase. Resource
 * {@code exclude.tsv} lists the pairs of set and concept that this gets wrong or that are heads only.
 */
public final class SpriteRasterizer {

    static final int SIZE = 256;

    private static final ObjectMapper JSON = new ObjectMapper();

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

    /** All sprites of the packages in {@code folder}. */
    public static List<Sprite> rasterizeAll(Path folder, Consumer<String> progress) {
        List<String> missing = AssetPackages.missingFrom(folder);
        if (!missing.isEmpty()) throw new MissingPackagesException(folder, missing);
        try {
            EmojiNames names = EmojiNames.load(folder);
            List<Sprite> sprites = new ArrayList<>();
            for (AssetPackages.AssetPackage entry : AssetPackages.all()) {
                if (entry.iconSet() == null) continue;
                int before = sprites.size();
                if (entry.iconSet().equals("fluent-emoji-3d")) readRasterIcons(folder, entry, sprites);
                else rasterizeIconSet(folder, entry, names, sprites);
                progress.accept(entry.iconSet() + ": " + (sprites.size() - before) + " drawings");
            }
            return sprites;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pairs of set and concept that must not be used. */
    static Set<List<String>> excludedPairs() {
        Set<List<String>> pairs = new HashSet<>();
        for (String[] row : TsvResource.read(SpriteRasterizer.class, "exclude.tsv")) pairs.add(List.of(row[0], row[1]));
        return pairs;
    }

    /** Concepts and the scenery that scenes are planted with. */
    static List<Concept> conceptsToDraw() {
        List<Concept> concepts = new ArrayList<>(Concept.all());
        concepts.addAll(SCENERY_CONCEPTS);
        return concepts;
    }

    private record EmojiNames(Map<String, Set<String>> byCode) {
        static EmojiNames load(Path folder) throws IOException {
            AssetPackages.AssetPackage emojibase = AssetPackages.all().stream()
                    .filter(e -> e.name().equals("emojibase-data"))
                    .findFirst()
                    .orElseThrow();
            Map<String, byte[]> files = NpmArchive.read(
                    folder.resolve(emojibase.file()),
                    f -> f.equals("en/data.json") || f.startsWith("en/shortcodes/") && f.endsWith(".json"));
            Map<String, Set<String>> names = new HashMap<>();
            for (JsonNode e : JSON.readTree(files.get("en/data.json")))
                names.computeIfAbsent(normalizeCode(e.get("hexcode").asText()), c -> new LinkedHashSet<>())
                        .add(normalizeName(e.get("label").asText()));
            for (String file : new java.util.TreeSet<>(files.keySet())) {
                if (!file.startsWith("en/shortcodes/")) continue;
                JSON.readTree(files.get(file)).fields().forEachRemaining(e -> {
                    Set<String> codeNames =
                            names.computeIfAbsent(normalizeCode(e.getKey()), c -> new LinkedHashSet<>());
                    if (e.getValue().isArray()) e.getValue().forEach(v -> codeNames.add(normalizeName(v.asText())));
                    else codeNames.add(normalizeName(e.getValue().asText()));
                });
            }
            return new EmojiNames(names);
        }
    }

    static String normalizeCode(String hex) {
        return hex.toLowerCase(Locale.ROOT).replace("-fe0f", "");
    }

    static String normalizeName(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static void rasterizeIconSet(
            Path folder, AssetPackages.AssetPackage entry, EmojiNames names, List<Sprite> sprites) throws IOException {
        Map<String, byte[]> files =
                NpmArchive.read(folder.resolve(entry.file()), f -> f.equals("icons.json") || f.equals("chars.json"));
        rasterizeIconSet(
                entry.iconSet(),
                JSON.readTree(files.remove("icons.json")),
                JSON.readTree(files.get("chars.json")),
                names.byCode(),
                sprites);
    }

    /**
     * The wanted icons of one set; {@code chars} maps codes to icons and may be empty, {@code names} codes to plain
     * names.
     */
    static void rasterizeIconSet(
            String iconSet,
            JsonNode iconSetJson,
            JsonNode chars,
            Map<String, Set<String>> names,
            List<Sprite> sprites) {
        Map<String, String> byCode = new HashMap<>(), byName = new HashMap<>();
        chars.fields()
                .forEachRemaining(
                        e -> byCode.put(normalizeCode(e.getKey()), e.getValue().asText()));
        iconSetJson.path("icons").fieldNames().forEachRemaining(n -> byName.put(normalizeName(n), n));
        iconSetJson.path("aliases").fieldNames().forEachRemaining(n -> byName.putIfAbsent(normalizeName(n), n));
        Set<List<String>> excluded = excludedPairs();
        for (Concept concept : conceptsToDraw()) {
            if (excluded.contains(List.of(iconSet, concept.name()))) continue;
            String icon = byCode.get(concept.code());
            if (icon == null) {
                Set<String> candidateNames = new LinkedHashSet<>(names.getOrDefault(concept.code(), Set.of()));
                candidateNames.add(normalizeName(concept.name()));
                for (String n : candidateNames) if (icon == null && byCode.isEmpty()) icon = byName.get(n);
            }
            if (icon == null) continue;
            boolean flip = false;
            JsonNode node = iconSetJson.path("icons").path(icon);
            if (node.isMissingNode()) {
                JsonNode alias = iconSetJson.path("aliases").path(icon);
                flip = alias.path("hFlip").asBoolean();
                node = iconSetJson.path("icons").path(alias.path("parent").asText());
                if (node.isMissingNode()) continue;
            }
            Sprite sprite = cropToVisible(concept.name(), iconSet, rasterizeSvg(node, iconSetJson), flip);
            if (sprite != null) sprites.add(sprite);
        }
    }

    private static BufferedImage rasterizeSvg(JsonNode icon, JsonNode iconSetJson) {
        StringBuilder viewBox = new StringBuilder();
        for (String key : List.of("left", "top", "width", "height")) {
            double defaultValue = key.equals("left") || key.equals("top") ? 0 : 16;
            viewBox.append(icon.path(key).asDouble(iconSetJson.path(key).asDouble(defaultValue)))
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
        document.render((java.awt.Component) null, graphics, new ViewBox(SIZE, SIZE));
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
                        && byCode.containsKey(normalizeCode(f.substring(f.lastIndexOf('/') + 1, f.length() - 5))));
        for (String name : new java.util.TreeSet<>(files.keySet())) {
            Concept concept = byCode.get(normalizeCode(name.substring(name.lastIndexOf('/') + 1, name.length() - 5)));
            if (excluded.contains(List.of(entry.iconSet(), concept.name()))) continue;
            BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(files.get(name)));
            if (decoded == null) throw new UsageException("%s in %s cannot be read as WebP", name, entry.file());
            BufferedImage image =
                    new BufferedImage(decoded.getWidth(), decoded.getHeight(), BufferedImage.TYPE_INT_ARGB_PRE);
            Graphics2D graphics = image.createGraphics();
            graphics.drawImage(decoded, 0, 0, null);
            graphics.dispose();
            Sprite sprite = cropToVisible(concept.name(), entry.iconSet(), image, false);
            if (sprite != null) sprites.add(sprite);
        }
    }

    /** Cut to the box of alpha above 8; null when nothing is visible. */
    static Sprite cropToVisible(String concept, String iconSet, BufferedImage image, boolean flip) {
        int w = image.getWidth(), h = image.getHeight();
        int[] pixels = ((java.awt.image.DataBufferInt) image.getRaster().getDataBuffer()).getData();
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

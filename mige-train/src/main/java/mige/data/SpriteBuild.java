package mige.data;

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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import com.github.weisj.jsvg.view.ViewBox;

import mige.tensor.UsageException;

/**
 * Draws the icons of the packages once, at 256 pixels, cropped to what is visible.
 *
 * <p>An icon belongs to a concept when its set's {@code chars.json} says so (code points without fe0f); sets without that
 * table are joined by normalised name against the concept's names and short codes in emojibase. Resource
 * {@code exclude.tsv} lists the pairs of set and concept that this gets wrong or that are heads only.
 */
final class SpriteBuild {

    static final int SIDE = 256;

    private static final ObjectMapper JSON = new ObjectMapper();

    private SpriteBuild() { }

    /** All sprites of the packages in {@code folder}. */
    static List<Sprite> build(Path folder, Consumer<String> progress) {
        List<String> missing = CorpusFetch.missing(folder);
        if (!missing.isEmpty())
            throw new UsageException("The corpus folder %s lacks %s; run 'mige corpus fetch' first", folder, String.join(", ", missing));
        try {
            Names names = Names.read(folder);
            List<Sprite> all = new ArrayList<>();
            for (Packages.Entry entry : Packages.all()) {
                if (entry.set() == null) continue;
                int before = all.size();
                if (entry.set().equals("fluent-emoji-3d")) rasters(folder, entry, all);
                else drawings(folder, entry, names, all);
                progress.accept(entry.set() + ": " + (all.size() - before) + " drawings");
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pairs of set and concept that must not be used. */
    static Set<List<String>> excluded() {
        Set<List<String>> out = new HashSet<>();
        for (String[] row : Concept.table("exclude.tsv")) out.add(List.of(row[0], row[1]));
        return out;
    }

    /** Concepts and the scenery that scenes are planted with. */
    static List<Concept> wanted() {
        List<Concept> all = new ArrayList<>(Concept.all());
        all.addAll(Scenery.PLANTS);
        return all;
    }

    private record Names(Map<String, Set<String>> byCode) {
        static Names read(Path folder) throws IOException {
            Packages.Entry base = Packages.all().stream().filter(e -> e.name().equals("emojibase-data")).findFirst().orElseThrow();
            Map<String, byte[]> files = Archive.read(folder.resolve(base.file()),
                    f -> f.equals("en/data.json") || f.startsWith("en/shortcodes/") && f.endsWith(".json"));
            Map<String, Set<String>> names = new HashMap<>();
            for (JsonNode e : JSON.readTree(files.get("en/data.json")))
                names.computeIfAbsent(code(e.get("hexcode").asText()), c -> new LinkedHashSet<>()).add(plain(e.get("label").asText()));
            for (String file : new java.util.TreeSet<>(files.keySet())) {
                if (!file.startsWith("en/shortcodes/")) continue;
                JSON.readTree(files.get(file)).fields().forEachRemaining(e -> {
                    Set<String> set = names.computeIfAbsent(code(e.getKey()), c -> new LinkedHashSet<>());
                    if (e.getValue().isArray()) e.getValue().forEach(v -> set.add(plain(v.asText())));
                    else set.add(plain(e.getValue().asText()));
                });
            }
            return new Names(names);
        }
    }

    static String code(String hex) {
        return hex.toLowerCase(Locale.ROOT).replace("-fe0f", "");
    }

    static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    private static void drawings(Path folder, Packages.Entry entry, Names names, List<Sprite> to) throws IOException {
        Map<String, byte[]> files = Archive.read(folder.resolve(entry.file()), f -> f.equals("icons.json") || f.equals("chars.json"));
        drawings(entry.set(), JSON.readTree(files.remove("icons.json")), JSON.readTree(files.get("chars.json")), names.byCode(), to);
    }

    /** The wanted icons of one set; {@code chars} maps codes to icons and may be empty, {@code names} codes to plain names. */
    static void drawings(String setName, JsonNode set, JsonNode chars, Map<String, Set<String>> names, List<Sprite> to) {
        Map<String, String> byCode = new HashMap<>(), byName = new HashMap<>();
        chars.fields().forEachRemaining(e -> byCode.put(code(e.getKey()), e.getValue().asText()));
        set.path("icons").fieldNames().forEachRemaining(n -> byName.put(plain(n), n));
        set.path("aliases").fieldNames().forEachRemaining(n -> byName.putIfAbsent(plain(n), n));
        Set<List<String>> excluded = excluded();
        for (Concept c : wanted()) {
            if (excluded.contains(List.of(setName, c.name()))) continue;
            String icon = byCode.get(c.code());
            if (icon == null) {
                Set<String> known = new LinkedHashSet<>(names.getOrDefault(c.code(), Set.of()));
                known.add(plain(c.name()));
                for (String n : known) if (icon == null && byCode.isEmpty()) icon = byName.get(n);
            }
            if (icon == null) continue;
            boolean flip = false;
            JsonNode node = set.path("icons").path(icon);
            if (node.isMissingNode()) {
                JsonNode alias = set.path("aliases").path(icon);
                flip = alias.path("hFlip").asBoolean();
                node = set.path("icons").path(alias.path("parent").asText());
                if (node.isMissingNode()) continue;
            }
            Sprite s = crop(c.name(), setName, draw(node, set), flip);
            if (s != null) to.add(s);
        }
    }

    private static BufferedImage draw(JsonNode icon, JsonNode set) {
        StringBuilder box = new StringBuilder();
        for (String key : List.of("left", "top", "width", "height")) {
            double missing = key.equals("left") || key.equals("top") ? 0 : 16;
            box.append(icon.path(key).asDouble(set.path(key).asDouble(missing))).append(' ');
        }
        String svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" viewBox=\""
                + box.toString().trim() + "\" width=\"" + SIDE + "\" height=\"" + SIDE + "\">" + icon.get("body").asText() + "</svg>";
        SVGDocument document = new SVGLoader().load(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)), null, LoaderContext.createDefault());
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_ARGB_PRE);
        if (document == null) return image;
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        document.render((java.awt.Component) null, g, new ViewBox(SIDE, SIDE));
        g.dispose();
        return image;
    }

    private static void rasters(Path folder, Packages.Entry entry, List<Sprite> to) throws IOException {
        Map<String, Concept> byCode = new HashMap<>();
        for (Concept c : wanted()) byCode.put(c.code(), c);
        Set<List<String>> excluded = excluded();
        Map<String, byte[]> files = Archive.read(folder.resolve(entry.file()), f -> f.endsWith(".webp")
                && byCode.containsKey(code(f.substring(f.lastIndexOf('/') + 1, f.length() - 5))));
        for (String name : new java.util.TreeSet<>(files.keySet())) {
            Concept c = byCode.get(code(name.substring(name.lastIndexOf('/') + 1, name.length() - 5)));
            if (excluded.contains(List.of(entry.set(), c.name()))) continue;
            BufferedImage read = ImageIO.read(new ByteArrayInputStream(files.get(name)));
            if (read == null) throw new UsageException("%s in %s cannot be read as WebP", name, entry.file());
            BufferedImage image = new BufferedImage(read.getWidth(), read.getHeight(), BufferedImage.TYPE_INT_ARGB_PRE);
            Graphics2D g = image.createGraphics();
            g.drawImage(read, 0, 0, null);
            g.dispose();
            Sprite s = crop(c.name(), entry.set(), image, false);
            if (s != null) to.add(s);
        }
    }

    /** Cut to the box of alpha above 8; null when nothing is visible. */
    static Sprite crop(String concept, String set, BufferedImage image, boolean flip) {
        int w = image.getWidth(), h = image.getHeight();
        int[] all = ((java.awt.image.DataBufferInt) image.getRaster().getDataBuffer()).getData();
        int x0 = w, y0 = h, x1 = -1, y1 = -1;
        for (int y = 0; y < h; y++) for (int x = 0; x < w; x++) {
            if (all[y * w + x] >>> 24 <= 8) continue;
            x0 = Math.min(x0, x);
            x1 = Math.max(x1, x);
            y0 = Math.min(y0, y);
            y1 = Math.max(y1, y);
        }
        if (x1 < x0 + 8 || y1 < y0 + 8) return null;
        int cw = x1 - x0 + 1, ch = y1 - y0 + 1;
        int[] argb = new int[cw * ch];
        for (int y = 0; y < ch; y++) for (int x = 0; x < cw; x++) argb[y * cw + (flip ? cw - 1 - x : x)] = all[(y + y0) * w + x + x0];
        return Sprite.of(concept, set, cw, ch, argb);
    }
}

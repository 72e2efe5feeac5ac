package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.StoredRecord;
import dev.mige4j.dataset.parquet.ParquetRow;
import dev.mige4j.dataset.parquet.ParquetShards;
import dev.mige4j.dataset.parquet.ParquetTable;
import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Subjects200K: Parquet files whose rows have two images of one subject, side by side in {@code image} with a border,
 * {@code description} (item, description_0 and description_1) and {@code quality_assessment}. Each row gives two
 * records: the left image with the right one as reference, and the other way round.
 *
 * <p>The instruction is the description of the target with a placeholder in place of the item: its name, or "this
 * item", or "the" with the last word of its name; if none is there, the placeholder comes first. Rows that lack a valid
 * description or have a quality below {@value #MIN_QUALITY} are left out, as the authors advise. Source of the
 * geometry: OminiControl, the loader of the same authors.
 */
final class Subjects200KLayout {

    private static final int MIN_QUALITY = 5, SIDE_STEP = 256;
    private static final List<String> QUALITIES = List.of("compositeStructure", "objectConsistency", "imageQuality");

    private record Pair(String item, List<String> descriptions, Map<String, Double> measures) {}

    private Subjects200KLayout() {}

    static List<LayoutItem> items(Path folder, String split) {
        ParquetTable table = new ParquetTable(ParquetShards.find(folder, split)
                .orElseThrow(() -> new UsageException(
                        "%s has no Parquet files such as data/%s-00000-of-00032.parquet; expected a copy of"
                                + " Yuanshi/Subjects200K.",
                        folder, split)));
        List<LayoutItem> items = new ArrayList<>();
        table.read(List.of("description", "quality_assessment"), row -> {
            int number = items.size() / 2;
            String name = split + ", row " + number;
            Pair pair = pair(row);
            for (int side = 0; side < 2; side++) {
                int target = side;
                String key = DatasetLayout.SUBJECTS200K.key(number) + "-" + side;
                items.add(new LayoutItem(name, () -> record(table, number, key, name, pair, target)));
            }
        });
        return items;
    }

    private static Pair pair(ParquetRow row) {
        Optional<ParquetRow> description = row.struct("description").filter(d -> d.flag("description_valid"));
        Map<String, Double> measures = new TreeMap<>();
        row.struct("quality_assessment")
                .ifPresent(q -> QUALITIES.forEach(quality -> measures.put(quality, (double) q.integer(quality))));
        return new Pair(
                description.map(d -> d.text("item")).orElse(""),
                description
                        .map(d -> List.of(d.text("description_0"), d.text("description_1")))
                        .orElse(List.of()),
                measures);
    }

    private static StoredRecord record(
            ParquetTable table, int row, String key, String name, Pair pair, int targetSide) {
        if (pair.descriptions.isEmpty()) throw new UsageException("%s has no valid description.", name);
        if (pair.measures.isEmpty() || pair.measures.values().stream().anyMatch(quality -> quality < MIN_QUALITY))
            throw new UsageException("%s has the quality %s, expected %d of each.", name, pair.measures, MIN_QUALITY);
        Image both = Image.read(table.image("image", row), "image of " + name);
        return LayoutItem.subject(
                key,
                instruction(pair.descriptions.get(targetSide), pair.item),
                side(both, 1 - targetSide, name).toPng(),
                side(both, targetSide, name).toPng(),
                name,
                pair.measures);
    }

    /** The left (0) or right (1) image, a square whose side is the largest multiple of 256 that the height has. */
    private static Image side(Image both, int number, String name) {
        int side = both.height() / SIDE_STEP * SIDE_STEP, border = (both.height() - side) / 2;
        if (side == 0 || both.width() < 2 * side + 2 * border)
            throw new UsageException(
                    "The image of %s has %d x %d pixels, expected two squares side by side.",
                    name, both.width(), both.height());
        return both.crop(number == 0 ? border : both.width() - border - side, border, side, side);
    }

    static String instruction(String description, String item) {
        String lastWord = item.substring(item.lastIndexOf(' ') + 1);
        for (String phrase : List.of(item, "item", lastWord)) {
            if (phrase.isBlank()) continue;
            String article = phrase.equals(item) ? "(?:(?:an?|the|this) )?" : "(?:the|this) ";
            Matcher matcher = Pattern.compile(
                            "(?<![\\p{L}\\p{N}])" + article + Pattern.quote(phrase) + "(?![\\p{L}\\p{N}])",
                            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
                    .matcher(description);
            if (matcher.find())
                return description.substring(0, matcher.start()) + "<imagehere>" + description.substring(matcher.end());
        }
        return "<imagehere> " + description;
    }
}

package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The layouts of datasets that can be imported: one's own pairs, and published ones. */
public enum DatasetLayout {
    /** Instruction edits: one's own sources, targets and instructions; see {@link PairsLayout}. */
    PAIRS,
    /** Instruction edits: folders with {@code prompt.json}, or Parquet files; see {@link InstructPix2PixLayout}. */
    INSTRUCTPIX2PIX,
    /** Instruction edits: the Parquet files of {@code osunlp/MagicBrush}, see {@link MagicBrushTurn#loadHub}. */
    MAGICBRUSH,
    /** Instruction edits: JSON lines and images; see {@link SeedDataEditLayout}. */
    SEED_DATA_EDIT,
    /** Pairs of images of one subject: Parquet files; see {@link Subjects200KLayout}. */
    SUBJECTS200K,
    /** A folder of images for each subject; see {@link DreamBoothLayout}. */
    DREAMBOOTH;

    /**
     * The layout with this label.
     *
     * @throws UsageException when there is none
     */
    public static DatasetLayout of(String label) {
        return Arrays.stream(values())
                .filter(layout -> layout.label().equalsIgnoreCase(label))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "'%s' is no layout of datasets; expected %s.",
                        label, Arrays.stream(values()).map(DatasetLayout::label).collect(Collectors.joining(", "))));
    }

    /** Its name in commands and file names, such as {@code seed-data-edit}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The items of a dataset in a fixed order; texts are read now, images when an item is loaded.
     *
     * @param split which Parquet files are read, such as {@code train}; other layouts have no splits
     * @throws UsageException when the folder does not have this layout
     */
    public List<LayoutItem> items(Path folder, String split) {
        List<LayoutItem> items =
                switch (this) {
                    case PAIRS -> PairsLayout.items(folder);
                    case INSTRUCTPIX2PIX -> InstructPix2PixLayout.items(folder, split);
                    case MAGICBRUSH -> MagicBrushLayout.items(folder, split);
                    case SEED_DATA_EDIT -> SeedDataEditLayout.items(folder);
                    case SUBJECTS200K -> Subjects200KLayout.items(folder, split);
                    case DREAMBOOTH -> DreamBoothLayout.items(folder);
                };
        if (items.isEmpty()) throw new UsageException("%s has no items in the layout %s.", folder, label());
        return items;
    }

    /** The key of an item, which names its files; unique among the layouts. */
    String key(long number) {
        return String.format(Locale.ROOT, "%s-%08d", label(), number);
    }
}

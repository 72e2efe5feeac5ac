package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One's own pairs of images: for each pair a source, a target and its instruction, in the folder itself.
 *
 * <pre>
 *   NAME-source.png, NAME-target.png    JPEG or PNG
 *   NAME.txt                            the instruction, in UTF-8; without it that of instruction.txt, for all pairs
 * </pre>
 */
final class PairsLayout {

    private static final String COMMON_INSTRUCTION = "instruction.txt";
    private static final Pattern SOURCE = Pattern.compile("(.+)-source\\.\\w+"),
            TARGET = Pattern.compile("(.+)-target\\.\\w+");

    private PairsLayout() {}

    static List<LayoutItem> items(Path folder) {
        PublishedFolder root = PublishedFolder.open(folder, "a folder with NAME-source.png, NAME-target.png, NAME.txt");
        List<String> images = root.imageNames("");
        Map<String, String> targets = new HashMap<>();
        for (String image : images) {
            Matcher matcher = TARGET.matcher(image);
            if (matcher.matches()) targets.putIfAbsent(matcher.group(1), image);
        }
        List<LayoutItem> items = new ArrayList<>();
        for (String source : images) {
            Matcher matcher = SOURCE.matcher(source);
            if (matcher.matches()) items.add(item(root, targets, matcher.group(1), source, items.size()));
        }
        return items;
    }

    private static LayoutItem item(
            PublishedFolder root, Map<String, String> targets, String name, String source, int number) {
        return new LayoutItem(name, () -> {
            String target = targets.get(name);
            if (target == null) throw new UsageException("%s has no target; add %s-target.png.", source, name);
            return LayoutItem.edit(
                            DatasetLayout.PAIRS.key(number),
                            name,
                            instruction(root, name),
                            root.image(source),
                            root.image(target))
                    .load();
        });
    }

    private static String instruction(PublishedFolder root, String name) {
        String file = root.has(name + ".txt") ? name + ".txt" : COMMON_INSTRUCTION;
        if (!root.has(file))
            throw new UsageException(
                    "%s has no instruction; write it into %s.txt, or into %s for all pairs.",
                    name, name, COMMON_INSTRUCTION);
        return String.join(" ", root.lines(file)).strip();
    }
}

package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * DreamBooth: a folder of images for each subject, in the folder or in {@code dataset} below it; a folder with images
 * of its own is one subject. Each image of a subject is the target of one record, with the next image, or after the
 * last the first, as reference: "a photo of {@code <imagehere>}".
 */
final class DreamBoothLayout {

    private DreamBoothLayout() {}

    static List<LayoutItem> items(Path folder) {
        PublishedFolder root = PublishedFolder.open(folder, "a folder with a folder of images for each subject");
        List<LayoutItem> items = new ArrayList<>();
        addSubject(items, root, "");
        String parent = root.folderNames("").contains("dataset") ? "dataset/" : "";
        for (String subject : root.folderNames(parent)) addSubject(items, root, parent + subject + "/");
        return items;
    }

    private static void addSubject(List<LayoutItem> items, PublishedFolder root, String subject) {
        List<String> images = root.imageNames(subject);
        for (int i = 0; i < images.size(); i++) {
            String name = subject + images.get(i);
            ImageSource target = root.image(name),
                    reference = root.image(subject + images.get((i + 1) % images.size()));
            String key = DatasetLayout.DREAMBOOTH.key(items.size());
            items.add(new LayoutItem(name, () -> {
                if (images.size() == 1)
                    throw new UsageException("%s is the only image of its subject, expected at least two.", name);
                return LayoutItem.subject(
                        key, "a photo of <imagehere>", reference.file(), target.file(), name, Map.of());
            }));
        }
    }
}

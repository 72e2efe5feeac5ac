package dev.mige4j.train.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.PromptTemplates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a dataset in the reference's format: JSON lists of items with image paths, and optionally one {@code .npy} file
 * of latent moments for each image.
 *
 * <p>Intended differences from the published reader: an edit item works (there it always fails, and a random other item
 * is taken), and an item whose task is unknown is refused (there it shifts the features of all items after it). Source:
 * docs/specification/diffusion.md sections 10 and 13.11.
 */
public final class MigeDataSet {

    /** The task of an item, which follows from the path of its target; the first match counts. */
    public enum DataSetTask {
        SUBJECT("Subjects200K", "subject", "vae_subject200k"),
        EDIT("instructpix2pix", "edit", "vae_instructpix"),
        REPLACE("replace", "subject_edit", "vae_replace"),
        ADD("add", "subject_edit", "vae_add");
        private final String pathMarker, label, momentsFolder;

        DataSetTask(String sign, String label, String folder) {
            this.pathMarker = sign;
            this.label = label;
            this.momentsFolder = folder;
        }

        /** subject, edit or subject_edit. */
        public String label() {
            return label;
        }

        static DataSetTask fromPath(String path) {
            return Arrays.stream(values())
                    .filter(task -> path.contains(task.pathMarker))
                    .findFirst()
                    .orElseThrow(() -> new UsageException(
                            "The task of '%s' is unknown; expected Subjects200K, instructpix2pix, replace or add in"
                                    + " the path.",
                            path));
        }
    }

    /**
     * One item, its paths relative to the data root.
     *
     * @param targetPath the target
     * @param referencePaths reference images in the order of the placeholders
     * @param sourcePath the image to edit; empty for subject items
     * @param task the task
     * @param instruction the text with placeholders, as in the list
     * @param prompt the published model's prefix and the cleaned instruction
     * @param targetMomentsPath moments of the target
     * @param sourceMomentsPath moments of the source
     * @param referenceMomentsPaths moments of the references
     */
    public record DataSetItem(
            String targetPath,
            List<String> referencePaths,
            Optional<String> sourcePath,
            DataSetTask task,
            String instruction,
            String prompt,
            String targetMomentsPath,
            Optional<String> sourceMomentsPath,
            List<String> referenceMomentsPaths) {}

    /** Latent moments [c, h, w] each, unscaled. */
    public record LatentMoments(Tensor mean, Tensor std) {}

    /** The largest number of references. */
    public static final int MAX_REFERENCES = 4;

    private static final double MAX_ASPECT_RATIO = 4;

    private final Path root;
    private final List<DataSetItem> items;

    private MigeDataSet(Path root, List<DataSetItem> items) {
        this.root = root;
        this.items = List.copyOf(items);
    }

    /**
     * Reads item lists.
     *
     * @param root folder to which the paths in the lists are relative
     * @param resolution image size of the feature files, in pixels
     */
    public static MigeDataSet open(Path root, int resolution, Path... lists) {
        List<DataSetItem> items = new ArrayList<>();
        for (Path list : lists) {
            try {
                JsonNode array = Json.MAPPER.readTree(list.toFile());
                if (!array.isArray()) throw new UsageException("%s is not a JSON list of items.", list);
                for (JsonNode node : array) parseItem(node, resolution).ifPresent(items::add);
            } catch (IOException e) {
                throw new UsageException("%s cannot be read as a list of items: %s", list, e.getMessage(), e);
            }
        }
        if (items.isEmpty()) throw new UsageException("The item lists are empty.");
        return new MigeDataSet(root, items);
    }

    /** An item of a list; empty when its width is more than four times its height, which the reference drops. */
    public static Optional<DataSetItem> parseItem(JsonNode node, int resolution) {
        if (node.path("width").asDouble(1) / node.path("height").asDouble(1) > MAX_ASPECT_RATIO)
            return Optional.empty();
        String targetPath = requiredText(node, "image");
        DataSetTask task = DataSetTask.fromPath(targetPath);
        List<String> referencePaths = stringValues(node.path("entity_path"));
        if (referencePaths.size() > MAX_REFERENCES)
            throw new UsageException(
                    "'%s' has %d references, expected at most %d.", targetPath, referencePaths.size(), MAX_REFERENCES);
        List<String> sourcePaths = stringValues(node.path("source_path"));
        Optional<String> sourcePath = task == DataSetTask.SUBJECT
                ? Optional.empty()
                : Optional.of(sourcePaths.stream()
                        .findFirst()
                        .orElseThrow(() -> new UsageException("'%s' is an edit without source_path.", targetPath)));
        String prefix =
                switch (task) {
                    case SUBJECT -> PromptTemplates.TRAINING.subject();
                    case EDIT -> PromptTemplates.TRAINING.edit();
                    default -> PromptTemplates.TRAINING.subjectEdit();
                };
        // the published feature tool keeps sources of instruction edits with the references
        Optional<String> sourceMomentsPath = sourcePath.map(
                path -> momentsPath(task == DataSetTask.EDIT ? "vae_entity" : "vae_source", path, resolution));
        return Optional.of(new DataSetItem(
                targetPath,
                referencePaths,
                sourcePath,
                task,
                requiredText(node, "multi_prompt"),
                PromptTemplates.withPrefix(prefix, requiredText(node, "multi_prompt"))
                        .text(),
                momentsPath("vae", targetPath, resolution),
                sourceMomentsPath,
                referencePaths.stream()
                        .map(path -> momentsPath("vae_entity", path, resolution))
                        .toList()));
    }

    /** The feature file with the moments of an image. */
    private static String momentsPath(String prefix, String path, int resolution) {
        int slash = path.lastIndexOf('/');
        if (slash < 0) throw new UsageException("The path '%s' has no folder; expected one that names the task.", path);
        String file = path.substring(slash + 1);
        String stem = file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file;
        return "%s/%s/%dresolution/noflip/%s.npy"
                .formatted(prefix, DataSetTask.fromPath(path).momentsFolder, resolution, stem);
    }

    private static String requiredText(JsonNode node, String field) {
        if (!node.path(field).isTextual()) throw new UsageException("An item has no '%s'.", field);
        return node.get(field).asText();
    }

    private static List<String> stringValues(JsonNode list) {
        List<String> values = new ArrayList<>();
        list.forEach(entry -> values.add(entry.asText()));
        return values;
    }

    /** All items. */
    public List<DataSetItem> items() {
        return items;
    }

    /** The file of a path of an item. */
    public Path resolve(String relative) {
        return root.resolve(relative);
    }

    /** The moments in a feature file: float32 [2c, h, w], first means, then standard deviations. */
    public LatentMoments readMoments(String momentsPath) {
        Tensor stacked = readNpy(resolve(momentsPath));
        stacked.expect(momentsPath, "[2c, h, w]", Tensor.ANY, Tensor.ANY, Tensor.ANY);
        long c = stacked.size(0) / 2;
        return new LatentMoments(stacked.narrow(0, 0, c), stacked.narrow(0, c, c));
    }

    /** A numpy file of little-endian float32 in C order. */
    public static Tensor readNpy(Path file) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            if (buffer.remaining() < 12 || buffer.getInt() != 0x4d554e93)
                throw new UsageException("%s is not a numpy file.", file);
            buffer.position(6);
            int major = buffer.get();
            buffer.get();
            int length = major == 1 ? buffer.getShort() & 0xffff : buffer.getInt();
            if (length < 0 || length > buffer.remaining())
                throw new UsageException("%s is truncated in its header.", file);
            byte[] header = new byte[length];
            buffer.get(header);
            String headerText = new String(header, StandardCharsets.US_ASCII);
            Matcher shape = Pattern.compile("'shape':\\s*\\(([^)]*)\\)").matcher(headerText);
            if (!headerText.contains("'<f4'") || !headerText.contains("'fortran_order': False") || !shape.find())
                throw new UsageException("%s is %s, expected '<f4' in C order.", file, headerText.strip());
            long[] dimensions = Arrays.stream(shape.group(1).split(","))
                    .map(String::strip)
                    .filter(s -> !s.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
            float[] values = new float[buffer.remaining() / 4];
            buffer.asFloatBuffer().get(values);
            return Tensor.of(values, dimensions);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage());
        }
    }
}

package mige.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.text.Prompts;

/**
 * Reads a data set in the reference's format: a JSON list of items with picture paths, and one {@code .npy} of latent moments a picture.
 *
 * <p>Differences from the published reader, on purpose: an edit item works (there it always fails and a random other one is taken), and
 * an item whose task cannot be told is refused (there it shifts the features of all items behind it). Source: reference DIFFUSION.md
 * sections 10 and 13.11.
 */
public final class DataSet {

    /** A task of the data set, told from the path of the target; the first that matches wins. */
    public enum Task {
        SUBJECT("Subjects200K", "subject", "vae_subject200k"), EDIT("instructpix2pix", "edit", "vae_instructpix"),
        REPLACE("replace", "subject_edit", "vae_replace"), ADD("add", "subject_edit", "vae_add");

        private final String sign, label, folder;

        Task(String sign, String label, String folder) {
            this.sign = sign;
            this.label = label;
            this.folder = folder;
        }

        /** subject, edit or subject_edit. */
        public String label() {
            return label;
        }

        static Task of(String path) {
            return Arrays.stream(values()).filter(task -> path.contains(task.sign)).findFirst().orElseThrow(() -> new UsageException(
                    "the task of '%s' cannot be told; expected Subjects200K, instructpix2pix, replace or add in the path", path));
        }
    }

    /**
     * One item, its paths relative to the data root.
     *
     * @param image             the target
     * @param entities          reference pictures in the order of the marks
     * @param source            the picture to edit; empty for subject items
     * @param task              what is asked
     * @param instruction       the words with marks, as they stand in the list
     * @param caption           the published model's prefix and the cleaned instruction
     * @param targetFeature     moments of the target
     * @param sourceFeature     moments of the source
     * @param referenceFeatures moments of the references
     */
    public record Item(String image, List<String> entities, Optional<String> source, Task task, String instruction, String caption,
                       String targetFeature, Optional<String> sourceFeature, List<String> referenceFeatures) {}

    /** Latent moments [c, h, w] each, unscaled. */
    public record Moments(Tensor mean, Tensor deviation) {}

    /** Places for reference pictures. */
    public static final int MOST_REFERENCES = 4;
    private static final double WIDEST = 4;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final List<Item> items;

    private DataSet(Path root, List<Item> items) {
        this.root = root;
        this.items = List.copyOf(items);
    }

    /** Reads item lists whose paths are relative to {@code root}; features of pictures of {@code resolution} pixels. */
    public static DataSet open(Path root, int resolution, Path... lists) {
        List<Item> items = new ArrayList<>();
        for (Path list : lists) {
            try {
                JsonNode all = JSON.readTree(list.toFile());
                if (!all.isArray()) throw new UsageException("%s is no JSON list of items", list);
                for (JsonNode node : all) item(node, resolution).ifPresent(items::add);
            } catch (IOException e) {
                throw new UsageException("%s cannot be read as a list of items: %s", list, e.getMessage());
            }
        }
        if (items.isEmpty()) throw new UsageException("the lists hold no item");
        return new DataSet(root, items);
    }

    /** An item of the list; empty when it is too wide (width beyond four heights), which the reference drops. */
    public static Optional<Item> item(JsonNode node, int resolution) {
        if (node.path("width").asDouble(1) / node.path("height").asDouble(1) > WIDEST) return Optional.empty();
        String image = text(node, "image");
        Task task = Task.of(image);
        List<String> entities = strings(node.path("entity_path"));
        if (entities.size() > MOST_REFERENCES)
            throw new UsageException("'%s' has %d reference pictures, expected at most %d", image, entities.size(), MOST_REFERENCES);
        List<String> sources = strings(node.path("source_path"));
        Optional<String> source = task == Task.SUBJECT ? Optional.empty() : Optional.of(sources.stream().findFirst().orElseThrow(
                () -> new UsageException("'%s' is an edit without source_path", image)));
        String prefix = switch (task) {
            case SUBJECT -> Prompts.TRAINING.subject();
            case EDIT -> Prompts.TRAINING.edit();
            default -> Prompts.TRAINING.subjectEdit();
        };
        // the published feature tool keeps sources of instruction edits with the references
        Optional<String> sourceFeature = source.map(path -> feature(task == Task.EDIT ? "vae_entity" : "vae_source", path, resolution));
        return Optional.of(new Item(image, entities, source, task, text(node, "multi_prompt"), Prompts.after(prefix, text(node, "multi_prompt")).text(),
                feature("vae", image, resolution), sourceFeature, entities.stream().map(path -> feature("vae_entity", path, resolution)).toList()));
    }

    /** Where the moments of a picture lie. */
    private static String feature(String kind, String path, int resolution) {
        int slash = path.lastIndexOf('/');
        if (slash < 0) throw new UsageException("the path '%s' has no folder, expected one that tells the task", path);
        String file = path.substring(slash + 1);
        String stem = file.contains(".") ? file.substring(0, file.lastIndexOf('.')) : file;
        return "%s/%s/%dresolution/noflip/%s.npy".formatted(kind, Task.of(path).folder, resolution, stem);
    }

    private static String text(JsonNode node, String field) {
        if (!node.path(field).isTextual()) throw new UsageException("an item has no '%s'", field);
        return node.get(field).asText();
    }

    private static List<String> strings(JsonNode list) {
        List<String> all = new ArrayList<>();
        list.forEach(entry -> all.add(entry.asText()));
        return all;
    }

    public List<Item> items() {
        return items;
    }

    /** The file of a path of an item. */
    public Path file(String relative) {
        return root.resolve(relative);
    }

    /** The moments in a feature file: float32 [2c, h, w], means over deviations. */
    public Moments moments(String feature) {
        Tensor both = npy(file(feature));
        both.expect(feature, "[2c, h, w]", Tensor.ANY, Tensor.ANY, Tensor.ANY);
        long c = both.size(0) / 2;
        return new Moments(both.narrow(0, 0, c), both.narrow(0, c, c));
    }

    /** A numpy file of little-endian float32 in C order. */
    static Tensor npy(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.remaining() < 12 || bytes.getInt() != 0x4d554e93) throw new UsageException("%s is no numpy file", file);
            bytes.position(6);
            int major = bytes.get();
            bytes.get();
            int length = major == 1 ? bytes.getShort() & 0xffff : bytes.getInt();
            if (length < 0 || length > bytes.remaining()) throw new UsageException("%s is cut off in its header", file);
            byte[] header = new byte[length];
            bytes.get(header);
            String about = new String(header, StandardCharsets.US_ASCII);
            Matcher shape = Pattern.compile("'shape':\\s*\\(([^)]*)\\)").matcher(about);
            if (!about.contains("'<f4'") || !about.contains("'fortran_order': False") || !shape.find())
                throw new UsageException("%s is %s, expected '<f4' in C order", file, about.strip());
            long[] sizes = Arrays.stream(shape.group(1).split(",")).map(String::strip).filter(s -> !s.isEmpty()).mapToLong(Long::parseLong).toArray();
            float[] values = new float[bytes.remaining() / 4];
            bytes.asFloatBuffer().get(values);
            return Tensor.of(values, sizes);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage());
        }
    }
}

package dev.mige4j.eval.metric;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Boxes and masks that another program has found. A file {@code boxes.jsonl} has a line for each output, also for one
 * without boxes:
 *
 * <pre>
 *   {"idx": 7, "boxes": [[0.5, 0.5, 0.4, 0.3]], "scores": [0.81]}
 * </pre>
 *
 * <p>{@code idx} is the name of the output without its extension, a box is [centre x, centre y, width, height] relative
 * to the image. The mask for the box with the highest score is the image {@code 7_mask.png} beside the file, as large
 * as the output, black outside the object.
 */
public final class EntityDetections implements ObjectDetector, Segmenter {

    /** The name of the file. */
    public static final String FILE = "boxes.jsonl";

    private static final String MASK = "_mask.png";

    private final Path file;
    private final Map<String, List<DetectedBox>> boxesByItem = new HashMap<>();

    private EntityDetections(Path file) {
        this.file = file;
    }

    /**
     * Reads the boxes.
     *
     * @throws UsageException when the file cannot be read, or a line is not as described
     */
    public static EntityDetections read(Path file) {
        EntityDetections detections = new EntityDetections(file);
        int line = 0;
        for (String text : Json.readText(file).lines().toList()) {
            line++;
            if (!text.isBlank()) detections.add(text, line);
        }
        return detections;
    }

    private void add(String text, int line) {
        try {
            JsonNode node = Json.MAPPER.readTree(text);
            JsonNode item = node.path("idx"), boxes = node.path("boxes"), scores = node.path("scores");
            if (!item.isTextual() && !item.isIntegralNumber()) throw invalid(line, "'idx' is missing");
            if (!boxes.isArray() || !scores.isArray() || boxes.size() != scores.size())
                throw invalid(line, "'boxes' and 'scores' are not lists of the same length");
            List<DetectedBox> found = new ArrayList<>();
            for (int i = 0; i < boxes.size(); i++) {
                JsonNode box = boxes.get(i);
                if (box.size() != 4) throw invalid(line, "a box does not have 4 numbers");
                found.add(new DetectedBox(
                        number(box.get(0), line),
                        number(box.get(1), line),
                        number(box.get(2), line),
                        number(box.get(3), line),
                        number(scores.get(i), line)));
            }
            if (boxesByItem.put(item.asText(), found) != null)
                throw invalid(line, "idx " + item.asText() + " occurs twice");
        } catch (JsonProcessingException e) {
            throw invalid(line, "not JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private float number(JsonNode node, int line) {
        float value = node.floatValue();
        if (!node.isNumber() || !Float.isFinite(value)) throw invalid(line, node + " is not a number");
        return value;
    }

    private UsageException invalid(int line, String fault) {
        return new UsageException(
                "%s: line %d: %s; expected {\"idx\": 7, \"boxes\": [[cx, cy, w, h]], \"scores\": [s]}.",
                file, line, fault);
    }

    /** The name of an output without its extension. */
    static String item(Path output) {
        String name = output.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static String item(EntityRequest request) {
        return item(request.output().orElseThrow());
    }

    @Override
    public List<DetectedBox> detect(EntityRequest request) {
        List<DetectedBox> boxes = boxesByItem.get(item(request));
        if (boxes == null) throw new UsageException("%s has no line for the output", file);
        return boxes;
    }

    @Override
    public Optional<byte[]> segment(EntityRequest request, DetectedBox box) {
        Path maskFile = file.resolveSibling(item(request) + MASK);
        if (!Files.exists(maskFile)) return Optional.empty();
        Image mask = ImageFile.readAsPillow(maskFile), image = request.image();
        if (mask.width() != image.width() || mask.height() != image.height())
            throw new UsageException(
                    "%s has %d x %d pixels, expected %d x %d as in the output",
                    maskFile, mask.width(), mask.height(), image.width(), image.height());
        byte[] rgb = mask.rgb(), inside = new byte[rgb.length / 3];
        for (int i = 0; i < rgb.length; i++) inside[i / 3] |= rgb[i];
        return Optional.of(inside);
    }
}

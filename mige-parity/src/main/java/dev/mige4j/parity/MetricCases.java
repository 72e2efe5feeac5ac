package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.eval.metric.DetectedBox;
import dev.mige4j.eval.metric.EmbeddingMetrics;
import dev.mige4j.eval.metric.EntityCrop;
import dev.mige4j.eval.metric.EntityRequest;
import dev.mige4j.eval.metric.MetricValue;
import dev.mige4j.eval.metric.PixelMetrics;
import dev.mige4j.image.Image;
import dev.mige4j.image.Resampling;
import dev.mige4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The metrics of the evaluation, from embeddings and images to the values of items and their means. */
final class MetricCases {

    static final List<GoldenKind> KINDS = List.of(GoldenKind.pair("metrics", MetricCases::cases));

    private MetricCases() {}

    private static List<ParityCase> cases(Golden golden) {
        Golden tensors = golden.tensorFile();
        Map<String, ParityCase.Executable> parts = new LinkedHashMap<>();
        parts.put("clip_i", checks -> cosines(golden, tensors, "clip_i").check(golden, "clip_i", checks));
        parts.put("clip_t", checks -> clipT(golden, tensors, checks));
        parts.put("dino", checks -> cosines(golden, tensors, "dino").check(golden, "dino", checks));
        parts.put("clip_dir", checks -> direction(golden, tensors, checks));
        parts.put("l1_l2", checks -> pixels(golden, tensors, checks));
        parts.put("crops", checks -> crops(golden, tensors, checks));
        parts.put("dreambench", checks -> dreamBench(golden, tensors, checks));
        return parts.entrySet().stream()
                .map(part -> ParityCase.of(golden.name() + ":" + part.getKey(), part.getValue()))
                .toList();
    }

    /** The rows of a tensor [N, D]. */
    private static List<float[]> rows(Tensor tensor) {
        int count = Math.toIntExact(tensor.size(0));
        return IntStream.range(0, count)
                .mapToObj(i -> tensor.narrow(0, i, 1).toFloatArray())
                .toList();
    }

    private static void requireSize(int size, List<?> rows) {
        if (rows.size() != size)
            throw new WeightsException("The golden has %d and %d rows, expected as many.", size, rows.size());
    }

    private static List<float[]> embeddings(Golden golden, Golden tensors, String field) {
        return rows(tensors.get(golden.require(field).asText()));
    }

    private static List<MetricValue> cosines(List<float[]> a, List<float[]> b) {
        requireSize(a.size(), b);
        return IntStream.range(0, a.size())
                .mapToObj(i -> EmbeddingMetrics.cosine(a.get(i), b.get(i)))
                .toList();
    }

    private static MetricValues cosines(Golden golden, Golden tensors, String field) {
        return MetricValues.of(
                cosines(embeddings(golden, tensors, field + "/a"), embeddings(golden, tensors, field + "/b")));
    }

    /** All pairs, those whose image exists, and of these, those whose captions differ. */
    private static void clipT(Golden golden, Golden tensors, SoftAssertions checks) {
        MetricValues all = cosines(golden, tensors, "clip_t");
        all.check(golden, "clip_t", checks);
        List<MetricValue> existing = new ArrayList<>(all.values()), changed = new ArrayList<>();
        JsonNode captions = golden.require("captions");
        if (captions.size() != existing.size())
            throw new WeightsException(
                    "The golden has %d embeddings and %d captions, expected as many.",
                    existing.size(), captions.size());
        for (int i = 0; i < existing.size(); i++) {
            if (!captions.path(i).path("exists").asBoolean()) existing.set(i, MetricValue.missing("no image"));
            boolean equal =
                    captions.path(i).path("input").equals(captions.path(i).path("output"));
            changed.add(equal ? MetricValue.missing("equal captions") : existing.get(i));
        }
        MetricValues.of(existing).check(golden, "clip_t_existing_only", checks);
        MetricValues.of(changed).check(golden, "clip_t_emu", checks);
    }

    private static void direction(Golden golden, Golden tensors, SoftAssertions checks) {
        List<float[]> source = embeddings(golden, tensors, "clip_dir/src"),
                output = embeddings(golden, tensors, "clip_dir/gen"),
                before = embeddings(golden, tensors, "clip_dir/text_in"),
                after = embeddings(golden, tensors, "clip_dir/text_out");
        for (List<float[]> others : List.of(output, before, after)) requireSize(source.size(), others);
        List<MetricValue> values = new ArrayList<>(), zeroCounted = new ArrayList<>();
        for (int i = 0; i < source.size(); i++) {
            values.add(EmbeddingMetrics.direction(source.get(i), output.get(i), before.get(i), after.get(i)));
            zeroCounted.add(
                    EmbeddingMetrics.directionOrZero(source.get(i), output.get(i), before.get(i), after.get(i)));
        }
        MetricValues.of(values).check(golden, "clip_dir", checks);
        MetricValues.of(zeroCounted).check(golden, "clip_dir_instruct_pix2pix", checks);
    }

    private static Image image(Tensor pixels) {
        long[] shape = pixels.expect("image [H, W, 3]", "", pixels.size(0), pixels.size(1), 3)
                .shape();
        return Image.of((int) shape[1], (int) shape[0], pixels.toByteArray());
    }

    private static void pixels(Golden golden, Golden tensors, SoftAssertions checks) {
        List<MetricValue> l1 = new ArrayList<>(), l2 = new ArrayList<>();
        for (int i = 0; tensors.has("pic." + i + ".gen"); i++) {
            String name = "pic." + i;
            Image output = image(tensors.get(name + ".gen")), expected = image(tensors.get(name + ".ref"));
            checks.assertEqual(
                    name + ".gen_resized",
                    image(tensors.get(name + ".gen_resized")),
                    Resampling.BICUBIC.resize(output, expected.width(), expected.height()));
            l1.add(MetricValue.of(PixelMetrics.l1(output, expected)));
            l2.add(MetricValue.of(PixelMetrics.l2(output, expected)));
        }
        MetricValues.of(l1).check(golden, "l1", checks);
        MetricValues.of(l2).check(golden, "l2", checks);
    }

    private static void crops(Golden golden, Golden tensors, SoftAssertions checks) {
        JsonNode crops = golden.require("crops");
        int stored = 0;
        while (tensors.has("crop." + stored + ".image")) stored++;
        checks.assertEqual("number of crops", stored, crops.size());
        for (int i = 0; i < crops.size(); i++) {
            JsonNode entry = crops.get(i);
            String name = "crop." + i, label = entry.path("name").asText(name);
            Image image = image(tensors.get(name + ".image"));
            List<DetectedBox> boxes = boxes(entry);
            if (entry.has("corners"))
                checks.assertCloseAbsolute(
                        label + ", corners",
                        numbers(entry.get("corners")),
                        numbers(boxes.get(entry.path("chosen").asInt()).corners(image.width(), image.height())),
                        Tolerance.METRIC);
            EntityCrop crop = EntityCrop.detect(
                    new EntityRequest(Optional.empty(), image, label),
                    request -> boxes,
                    (request, box) -> tensors.has(name + ".mask")
                            ? Optional.of(tensors.get(name + ".mask").toByteArray())
                            : Optional.empty());
            boolean expected = tensors.has(name + ".expected");
            checks.assertEqual(label + ", has a crop", expected, crop.isPresent());
            if (expected && crop.isPresent())
                checks.assertEqual(label, image(tensors.get(name + ".expected")), crop.image());
        }
    }

    private static List<DetectedBox> boxes(JsonNode entry) {
        List<DetectedBox> boxes = new ArrayList<>();
        for (int i = 0; i < entry.path("boxes_cxcywh").size(); i++) {
            double[] box = numbers(entry.get("boxes_cxcywh").get(i));
            if (box.length != 4) throw new WeightsException("The box %s does not have 4 numbers.", entry);
            boxes.add(new DetectedBox((float) box[0], (float) box[1], (float) box[2], (float) box[3], (float)
                    entry.path("scores").path(i).asDouble()));
        }
        return boxes;
    }

    private static double[] numbers(JsonNode list) {
        return IntStream.range(0, list.size())
                .mapToDouble(i -> list.get(i).asDouble())
                .toArray();
    }

    private static double[] numbers(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    /** The output of each record with the one reference that it was made from, and with all images of its subject. */
    private static void dreamBench(Golden golden, Golden tensors, SoftAssertions checks) {
        JsonNode records = golden.require("dreambench/records");
        int reference = golden.require("dreambench/input_reference").asInt();
        List<float[]> outputs = rows(tensors.get("dreambench.gen"));
        requireSize(records.size(), outputs);
        Map<String, List<float[]>> real = new LinkedHashMap<>();
        for (String subject : tensors.names("dreambench.real."))
            real.put(subject, rows(tensors.get("dreambench.real." + subject)));
        List<MetricValue> single = new ArrayList<>(), pictures = new ArrayList<>(), pairs = new ArrayList<>();
        Map<String, List<MetricValue>> bySubject = new LinkedHashMap<>();
        for (int i = 0; i < records.size(); i++) {
            String subject = records.get(i).path("subject").asText();
            float[] output = outputs.get(i);
            List<float[]> references = real.getOrDefault(subject, List.of());
            if (reference >= references.size())
                throw new WeightsException("The subject '%s' has no image %d.", subject, reference);
            single.add(EmbeddingMetrics.cosine(output, references.get(reference)));
            references.forEach(r -> pairs.add(EmbeddingMetrics.cosine(output, r)));
            MetricValue mean = EmbeddingMetrics.meanCosine(output, references);
            pictures.add(mean);
            bySubject.computeIfAbsent(subject, s -> new ArrayList<>()).add(mean);
        }
        checkMean(golden, "single_reference_mean", single, checks);
        checks.assertCloseAbsolute(
                "mean over all images of the subject",
                numbers(golden.require("dreambench/per_picture_mean_over_reals")),
                pictures.stream().mapToDouble(MetricValue::number).toArray(),
                Tolerance.METRIC);
        checkMean(golden, "mean_of_picture_means", pictures, checks);
        checkMean(golden, "mean_over_all_pairs", pairs, checks);
        JsonNode bySubjectExpected = golden.require("dreambench/per_subject");
        checks.assertEqual("number of subjects", bySubjectExpected.size(), bySubject.size());
        bySubject.forEach((subject, values) -> MetricValues.checkNumber(
                "subject " + subject,
                bySubjectExpected.path(subject),
                MetricValues.of(values).mean(),
                checks));
        List<MetricValue> oracle = new ArrayList<>();
        for (List<float[]> images : real.values())
            for (int i = 0; i < images.size(); i++)
                for (int j = 0; j < images.size(); j++)
                    if (i != j) oracle.add(EmbeddingMetrics.cosine(images.get(i), images.get(j)));
        checkMean(golden, "real_oracle_mean_over_ordered_pairs", oracle, checks);
    }

    private static void checkMean(Golden golden, String field, List<MetricValue> values, SoftAssertions checks) {
        JsonNode expected = golden.require("dreambench/" + field);
        MetricValues.checkNumber(field, expected, MetricValues.of(values).mean(), checks);
    }
}

package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.eval.metric.MetricValue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The values of a metric for the items of a golden, compared with a node of it: {@code per_item}, with null for a
 * missing value, {@code mean} or {@code mean_valid}, and {@code used} or {@code valid}, the ids of the items that have
 * a value.
 */
record MetricValues(List<String> ids, List<MetricValue> values) {

    /** Items whose ids are 0, 1, 2... */
    static MetricValues of(List<MetricValue> values) {
        return new MetricValues(
                IntStream.range(0, values.size()).mapToObj(Integer::toString).toList(), values);
    }

    /** The mean of the values that are not missing. */
    double mean() {
        return MetricValue.mean(values.stream().filter(MetricValue::isPresent).toList())
                .number();
    }

    private List<String> presentIds() {
        return IntStream.range(0, values.size())
                .filter(i -> values.get(i).isPresent())
                .mapToObj(ids::get)
                .toList();
    }

    void check(Golden golden, String field, SoftAssertions checks) {
        JsonNode node = golden.require(field);
        int compared = 0;
        if (node.has("per_item")) {
            checkItems(field, node.get("per_item"), checks);
            compared++;
        }
        for (String mean : List.of("mean", "mean_valid"))
            if (node.has(mean)) {
                checkNumber(field + ", " + mean, node.get(mean), mean(), checks);
                compared++;
            }
        for (String used : List.of("used", "valid"))
            if (node.has(used)) {
                checks.assertEqual(field + "." + used, ids(node.get(used)), presentIds());
                compared++;
            }
        if (compared == 0)
            throw new WeightsException("%s: '%s' has no values.", golden.path().getFileName(), field.replace('/', '.'));
    }

    private void checkItems(String field, JsonNode perItem, SoftAssertions checks) {
        checks.assertEqual(field + ", items", perItem.size(), values.size());
        List<Double> expected = new ArrayList<>(), actual = new ArrayList<>();
        for (int i = 0; i < Math.min(perItem.size(), values.size()); i++) {
            String item = field + ", item " + ids.get(i);
            if (perItem.get(i).isNull() || !values.get(i).isPresent()) {
                checks.assertEqual(
                        item + " is missing",
                        perItem.get(i).isNull(),
                        !values.get(i).isPresent());
                continue;
            }
            expected.add(perItem.get(i).asDouble(Double.NaN));
            actual.add(values.get(i).number());
        }
        checks.assertCloseAbsolute(field + " of each item", doubles(expected), doubles(actual), Tolerance.METRIC);
    }

    /** Compares a number of a golden. */
    static void checkNumber(String label, JsonNode expected, double actual, SoftAssertions checks) {
        checks.assertCloseAbsolute(
                label, new double[] {expected.asDouble(Double.NaN)}, new double[] {actual}, Tolerance.METRIC);
    }

    /** A list of ids. */
    static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.forEach(id -> ids.add(id.asText()));
        return ids;
    }

    private static double[] doubles(List<Double> list) {
        return list.stream().mapToDouble(Double::doubleValue).toArray();
    }
}

package dev.mige4j.eval.metric;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * A metric of one item: a number, or the reason why there is none, such as a missing image. It is never NaN. In JSON,
 * the number, or {@code {"missing": reason}}.
 */
public final class MetricValue {

    private static final String MISSING = "missing";

    private final double number;
    private final String reason; // null: there is a number

    private MetricValue(double number, String reason) {
        this.number = number;
        this.reason = reason;
    }

    /** A number; for NaN and infinity, which JSON does not have, the value is missing. */
    public static MetricValue of(double number) {
        return Double.isFinite(number) ? new MetricValue(number, null) : missing("the result is not a number");
    }

    /** No number, because of {@code reason}: part of a sentence, such as "the image is missing". */
    public static MetricValue missing(String reason) {
        return new MetricValue(Double.NaN, reason);
    }

    /** The mean of one or more values; missing if one of them is, with its reason. */
    public static MetricValue mean(List<MetricValue> values) {
        if (values.isEmpty()) return missing("there is nothing to compare with");
        double sum = 0;
        for (MetricValue value : values) {
            if (!value.isPresent()) return value;
            sum += value.number;
        }
        return of(sum / values.size());
    }

    /** Whether there is a number. */
    public boolean isPresent() {
        return reason == null;
    }

    /**
     * The number.
     *
     * @throws IllegalStateException when it is missing
     */
    public double number() {
        if (!isPresent()) throw new IllegalStateException("There is no value: " + reason);
        return number;
    }

    /**
     * Why there is no number.
     *
     * @throws IllegalStateException when there is one
     */
    public String reason() {
        if (isPresent()) throw new IllegalStateException("There is a value: " + number);
        return reason;
    }

    @JsonValue
    private Object toJson() {
        return isPresent() ? (Object) number : Map.of(MISSING, reason);
    }

    @JsonCreator
    private static MetricValue fromJson(JsonNode json) {
        if (json.isNumber()) return of(json.doubleValue());
        if (json.path(MISSING).isTextual()) return missing(json.get(MISSING).textValue());
        throw new IllegalArgumentException(
                "a metric is " + json + ", expected a number or an object with the text 'missing'");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MetricValue that
                && Double.compare(number, that.number) == 0
                && (reason == null ? that.reason == null : reason.equals(that.reason));
    }

    @Override
    public int hashCode() {
        return isPresent() ? Double.hashCode(number) : reason.hashCode();
    }

    @Override
    public String toString() {
        return isPresent() ? Double.toString(number) : "missing: " + reason;
    }
}

package dev.mige4j.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.mige4j.common.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricValueTest {
    final MetricValue half = MetricValue.of(0.5), none = MetricValue.missing("the image is missing");

    @Test
    void isANumberOrAReason() {
        assertEquals(0.5, half.number());
        assertEquals("the image is missing", none.reason());
        assertThrows(IllegalStateException.class, half::reason);
        assertThrows(IllegalStateException.class, none::number);
    }

    @Test
    void isNeverNaNOrInfinite() throws JsonProcessingException {
        assertFalse(MetricValue.of(Double.NaN).isPresent());
        assertFalse(MetricValue.of(Double.POSITIVE_INFINITY).isPresent());
        assertFalse(Json.MAPPER.readValue("1e999", MetricValue.class).isPresent());
    }

    @Test
    void isMissingOnAverageWhenOneValueIsMissing() {
        assertEquals(MetricValue.of(0.25), MetricValue.mean(List.of(half, MetricValue.of(0))));
        assertEquals(none, MetricValue.mean(List.of(half, none)));
        assertFalse(MetricValue.mean(List.of()).isPresent());
    }

    @Test
    void isStoredInJson() throws JsonProcessingException {
        assertEquals("[0.5,{\"missing\":\"the image is missing\"}]", Json.write(List.of(half, none)));
        for (MetricValue value : List.of(half, none, MetricValue.of(1)))
            assertEquals(value, Json.MAPPER.readValue(Json.write(value), MetricValue.class));
        assertThrows(JsonProcessingException.class, () -> Json.MAPPER.readValue("\"0.5\"", MetricValue.class));
    }
}

package dev.mige4j.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class GuidanceIntervalTest {

    @Test
    void guidesInsideTheIntervalOnly() {
        float[] predictions = Scope.scoped(() -> {
            Tensor one = Tensor.of(new float[] {1}, 1), two = Tensor.of(new float[] {2}, 1);
            NoiseModel limited = new GuidanceInterval(100, 600).limit((x, t) -> two, (x, t) -> one);
            float[] values = new float[5];
            double[] timesteps = {99.9, 100, 350, 600, 600.1};
            for (int i = 0; i < values.length; i++)
                values[i] = (float) limited.predict(one, timesteps[i]).item();
            return values;
        });
        assertEquals("1.0 2.0 2.0 2.0 1.0", join(predictions));
    }

    private static String join(float[] values) {
        StringBuilder text = new StringBuilder();
        for (float value : values) text.append(text.isEmpty() ? "" : " ").append(value);
        return text.toString();
    }

    @Test
    void rejectsAnEmptyInterval() {
        assertEquals(
                "guidanceInterval is 600.0 to 100.0, expected 0 <= from <= to <= 999.",
                assertThrows(UsageException.class, () -> new GuidanceInterval(600, 100))
                        .getMessage());
    }
}

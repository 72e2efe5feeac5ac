package mige.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.IntStream;
import mige.tensor.Tensor;
import mige.tensor.WeightsException;
import mige.weights.Birth;
import mige.weights.Weights;

/**
 * Tensors that goldens do not store but describe: element i is a hash of i and a seed. The encoder's and the diffusion side's goldens
 * have a formula each. Source: reference ENCODER.md section 12 and DIFFUSION.md section 12.
 */
public final class Formula {

    private Formula() {}

    /**
     * The encoder's: {@code value = ((hash >>> 8) · 2^-23 - 1) · 2^log2scale + add}, float32. Throws when it is not what the
     * description's {@code first4} and {@code sum_f64} say.
     */
    static Tensor hashed(String name, JsonNode described) {
        long[] shape = shape(described);
        float[] values = new float[Math.toIntExact(java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        int seed = (int) described.path("seed").asLong();
        float scale = (float) Math.scalb(1.0, described.path("log2scale").asInt()), add = (float) described.path("add").asDouble();
        fill(values, i -> {
            int x = i * 0x9E3779B9 + seed;
            x ^= x >>> 16;
            x *= 0x85EBCA6B;
            x ^= x >>> 13;
            x *= 0xC2B2AE35;
            x ^= x >>> 16;
            return ((x >>> 8) * 0x1p-23f - 1) * scale + add;
        });
        check(name, values, described);
        return Tensor.of(values, shape);
    }

    /** The diffusion side's: {@code value = (hash · 2^-31 - 1) · scale + offset} in double precision, rounded to float32. */
    public static Tensor scaled(long seed, double scale, double offset, long... shape) {
        float[] values = new float[Math.toIntExact(java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        int start = (int) (seed * 0x9E3779B9L);
        fill(values, i -> {
            int u = i + start;
            u ^= u >>> 16;
            u *= 0x7FEB352D;
            u ^= u >>> 15;
            u *= 0x846CA68B;
            u ^= u >>> 16;
            return (float) (((u & 0xFFFFFFFFL) / 0x1p32 * 2 - 1) * scale + offset);
        });
        return Tensor.of(values, shape);
    }

    private interface Element {
        float at(int i);
    }

    private static void fill(float[] values, Element element) {
        int pieces = values.length < 1 << 16 ? 1 : 16;
        IntStream.range(0, pieces).parallel().forEach(p -> {
            int end = (int) ((long) values.length * (p + 1) / pieces);
            for (int i = (int) ((long) values.length * p / pieces); i < end; i++) values[i] = element.at(i);
        });
    }

    private static void check(String name, float[] values, JsonNode described) {
        JsonNode first = described.path("first4");
        boolean good = true;
        for (int i = 0; i < first.size(); i++) good &= Math.abs(first.get(i).asDouble() - values[i]) < 1e-7;
        if (described.has("sum_f64")) {
            double sum = 0;
            for (float v : values) sum += v;
            good &= Math.abs(sum - described.get("sum_f64").asDouble()) <= 1e-9 * values.length;
        }
        if (!good) throw new WeightsException("The formula for '" + name + "' does not give the numbers that its description tells.");
    }

    static long[] shape(JsonNode described) {
        return IntStream.range(0, described.path("shape").size()).mapToLong(i -> described.get("shape").get(i).asLong()).toArray();
    }

    /** Weights from stored tensors, descriptions with shapes, and {@code [seed, scale]} or {@code [seed, scale, offset]} by name. */
    static Weights.Source source(Map<String, Tensor> stored, JsonNode described, JsonNode listed) {
        return new Weights.Source() {
            @Override public Tensor get(String key, Birth birth, long... shape) {
                if (stored.containsKey(key)) return stored.get(key).expect(key, "", shape);
                if (described.has(key)) return hashed(key, described.get(key)).expect(key, "", shape);
                JsonNode numbers = listed.path(key);
                if (numbers.isArray()) return scaled(numbers.get(0).asLong(), numbers.get(1).asDouble(), numbers.path(2).asDouble(0), shape);
                throw new WeightsException("The golden has no weight '" + key + "'.");
            }

            @Override public boolean has(String key) {
                return stored.containsKey(key) || described.has(key) || listed.has(key);
            }
        };
    }
}

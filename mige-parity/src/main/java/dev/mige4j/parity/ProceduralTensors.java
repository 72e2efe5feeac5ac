package dev.mige4j.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.Int8Quantization;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Tensors that golden files describe by a formula instead of storing them: element i is a hash of i and a seed. The
 * goldens of the encoder and of the diffusion side use different hashes. Source: docs/specification/encoder.md section
 * 12 and docs/specification/diffusion.md section 12.
 */
public final class ProceduralTensors {

    private ProceduralTensors() {}

    /**
     * A tensor of the encoder's goldens: {@code value = ((hash >>> 8) · 2^-23 - 1) · 2^log2scale + add}, float32.
     *
     * @throws WeightsException when the values do not match {@code first4} and {@code sum_f64} of the description
     */
    static Tensor murmur3Tensor(String name, JsonNode description) {
        long[] shape = shape(description);
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
        int seed = (int) description.path("seed").asLong();
        float scale = (float) Math.scalb(1.0, description.path("log2scale").asInt()),
                offset = (float) description.path("add").asDouble();
        fill(values, i -> {
            int x = i * 0x9E3779B9 + seed;
            x ^= x >>> 16;
            x *= 0x85EBCA6B;
            x ^= x >>> 13;
            x *= 0xC2B2AE35;
            x ^= x >>> 16;
            return ((x >>> 8) * 0x1p-23f - 1) * scale + offset;
        });
        verifyDescription(name, values, description);
        return Tensor.of(values, shape);
    }

    /**
     * A tensor of the diffusion goldens: {@code value = (hash · 2^-31 - 1) · scale + offset} in float64, rounded to
     * float32.
     */
    public static Tensor lowbias32Tensor(long seed, double scale, double offset, long... shape) {
        float[] values = new float[Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact))];
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

    private interface ElementFunction {
        float valueAt(int i);
    }

    private static void fill(float[] values, ElementFunction element) {
        int chunks = values.length < 1 << 16 ? 1 : 16;
        IntStream.range(0, chunks).parallel().forEach(p -> {
            int end = (int) ((long) values.length * (p + 1) / chunks);
            for (int i = (int) ((long) values.length * p / chunks); i < end; i++) values[i] = element.valueAt(i);
        });
    }

    private static void verifyDescription(String name, float[] values, JsonNode description) {
        JsonNode first = description.path("first4");
        boolean matches = true;
        for (int i = 0; i < first.size(); i++) matches &= Math.abs(first.get(i).asDouble() - values[i]) < 1e-7;
        if (description.has("sum_f64")) {
            double sum = 0;
            for (float v : values) sum += v;
            matches &= Math.abs(sum - description.get("sum_f64").asDouble()) <= 1e-9 * values.length;
        }
        if (!matches)
            throw new WeightsException("The formula of '" + name + "' does not produce the values in its description.");
    }

    static long[] shape(JsonNode description) {
        return IntStream.range(0, description.path("shape").size())
                .mapToLong(i -> description.get("shape").get(i).asLong())
                .toArray();
    }

    /**
     * Weights of the evaluation's goldens: the seed of a key is the CRC-32 of its name xor {@code salt}, scale and
     * offset are those of the first rule whose {@code contains} is in the key and whose {@code ends} ends it.
     */
    static Weights.Source ruleSource(JsonNode rules, long salt) {
        return new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                for (JsonNode rule : rules) {
                    if (!key.contains(rule.path("contains").asText())
                            || !key.endsWith(rule.path("ends").asText())) continue;
                    CRC32 crc = new CRC32();
                    crc.update(key.getBytes(StandardCharsets.UTF_8));
                    ObjectNode description = rule.<ObjectNode>deepCopy().put("seed", crc.getValue() ^ salt);
                    for (long size : shape) description.withArray("shape").add(size);
                    return murmur3Tensor(key, description);
                }
                throw new WeightsException("The golden has no rule for the weight '" + key + "'.");
            }

            @Override
            public boolean has(String key) {
                return !key.endsWith(Int8Quantization.SCALE);
            }
        };
    }

    /**
     * Weights from stored tensors, from descriptions with shapes, and from {@code [seed, scale]} or {@code [seed,
     * scale, offset]} by key.
     */
    static Weights.Source weightsSource(Map<String, Tensor> stored, JsonNode description, JsonNode seeds) {
        return new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                if (stored.containsKey(key)) return stored.get(key).expect(key, "", shape);
                if (description.has(key))
                    return murmur3Tensor(key, description.get(key)).expect(key, "", shape);
                JsonNode numbers = seeds.path(key);
                if (numbers.isArray())
                    return lowbias32Tensor(
                            numbers.get(0).asLong(),
                            numbers.get(1).asDouble(),
                            numbers.path(2).asDouble(0),
                            shape);
                throw new WeightsException("The golden has no weight '" + key + "'.");
            }

            @Override
            public boolean has(String key) {
                return stored.containsKey(key) || description.has(key) || seeds.has(key);
            }
        };
    }
}

package dev.mige4j.parity;

import dev.mige4j.common.WeightsException;
import dev.mige4j.encoder.T5Block;
import dev.mige4j.encoder.T5Encoder;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.RmsNorm;
import dev.mige4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The T5 encoder and its blocks. */
final class T5Cases {

    static final List<GoldenKind> KINDS = List.of(
            GoldenKind.slow("true_size_t5_block", T5Cases::t5Block),
            GoldenKind.single("t5_encoder_256", T5Cases::t5Encoder),
            GoldenKind.single("t5_encoder", T5Cases::t5Encoder));

    private static final double EPS = 1e-6;

    private static final Pattern ROWS_NAME = Pattern.compile("rows(?:_item(\\d+))?((?:_\\d+)+)");

    private T5Cases() {}

    private static void t5Encoder(Golden golden, SoftAssertions checks) {
        Golden weightsGolden = golden.names("weights.").isEmpty() ? golden.companion("weights", "t5_encoder") : golden;
        T5Encoder.Config config = EncoderSizes.of(weightsGolden).t5Config(weightsGolden.configInt("max_distance", 128));
        Weights weights = weightsGolden.weights().at("t5_model");
        var encoder = new T5Encoder(config, weights);
        Tensor mask = golden.get("input.attention_mask");
        Tensor embeddings = encoder.embedTokens(golden.get("input.input_ids"));

        Map<String, Supplier<Tensor>> computed = new LinkedHashMap<>();
        T5Block.AttentionFunction attention = encoder.maskedAttention(mask, DType.F32);
        computed.put("intermediate.inputs_embeds", () -> embeddings);
        computed.put("intermediate.position_bias", () -> encoder.positionBias((int) mask.size(1)));
        Tensor x = embeddings;
        for (int i = 0; i < config.depth(); i++) {
            T5Block block = encoder.blocks().get(i);
            Weights norm =
                    weights.at("encoder").at("block").at(i).at("layer").at(0).at("layer_norm");
            String name = "intermediate.block." + i;
            Tensor before = x, after = block.forward(x, attention);
            computed.put(name + ".attn_norm", () -> new RmsNorm(norm, config.width(), EPS).forward(before));
            computed.put(name + ".attn_out", () -> block.selfAttention(before, attention));
            computed.put(name, () -> after);
            x = after;
        }
        computed.put("output.last_hidden_state", () -> encoder.forward(embeddings, mask));
        computed.put(
                "output.last_hidden_state_of_tiny",
                () -> encoder.forward(golden.get("input.inputs_embeds_tiny"), mask));
        for (String name : golden.names()) {
            if (name.startsWith("intermediate.relative_position_bucket"))
                computed.put(name, () -> relativePositionBuckets(config, golden.shape(name)[0]));
        }
        checks.assertMatchesGolden(golden, computed, t -> applyMask(t, mask)); // masked rows are undefined
        checkWithoutPadding(encoder, embeddings, mask, golden.get("output.last_hidden_state"), checks);
    }

    private static Tensor relativePositionBuckets(T5Encoder.Config config, long count) {
        int maxOffset = (int) (count / 2);
        return Tensor.of(
                IntStream.rangeClosed(-maxOffset, maxOffset)
                        .map(r -> T5Encoder.relativePositionBucket(
                                r, config.relativeAttentionBuckets(), config.relativeAttentionMaxDistance()))
                        .toArray(),
                count);
    }

    /** The packed form, which computes valid tokens only, must give the same result. */
    private static void checkWithoutPadding(
            T5Encoder encoder, Tensor embeddings, Tensor mask, Tensor expected, SoftAssertions checks) {
        int[] lengths = validLengths(mask);
        if (lengths == null) return;
        List<Tensor> validEmbeddings = new ArrayList<>(), expectedStates = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            validEmbeddings.add(embeddings.select(0, i).narrow(0, 0, lengths[i]));
            expectedStates.add(expected.select(0, i).narrow(0, 0, lengths[i]));
        }
        checks.assertClose(
                "last_hidden_state without padding",
                Tensor.cat(0, expectedStates),
                encoder.forward(Tensor.cat(0, validEmbeddings), lengths));
    }

    /** The number of valid tokens of each item, or null when the mask is not a prefix of ones. */
    static int[] validLengths(Tensor mask) {
        long[] values = mask.toLongArray();
        int maxLength = (int) mask.size(1);
        int[] lengths = new int[(int) mask.size(0)];
        for (int i = 0; i < lengths.length; i++) {
            for (int position = 0; position < maxLength; position++) {
                if (values[i * maxLength + position] == 0) continue;
                if (lengths[i] != position) return null;
                lengths[i]++;
            }
            if (lengths[i] == 0) return null;
        }
        return lengths;
    }

    /**
     * Zeroes the rows of a [B, L, E] tensor that the mask [B, L] excludes; returns tensors of other shapes unchanged.
     */
    static Tensor applyMask(Tensor x, Tensor mask) {
        boolean isTokenTensor = x.dim() == 3 && x.size(0) == mask.size(0) && x.size(1) == mask.size(1);
        return isTokenTensor ? x.mul(mask.to(x.dtype()).unsqueeze(2)) : x;
    }

    private static void t5Block(Golden golden, SoftAssertions checks) {
        EncoderSizes sizes = EncoderSizes.of(golden);
        T5Encoder.Config config = sizes.t5Config(golden.configInt("max_distance", 128));
        Map<String, Tensor> extraWeights = Map.of(
                "t5_model.shared.weight",
                Tensor.zeros(config.vocabularySize(), config.width()),
                "t5_model.encoder.final_layer_norm.weight",
                Tensor.ones(config.width()));
        var encoder = new T5Encoder(config, golden.weights(extraWeights).at("t5_model"));
        Tensor mask = golden.get("input.attention_mask"), x = golden.get("input.x");
        T5Block block = encoder.blocks().get(0);
        checkRowsAndSums(golden, checks, block.forward(x, encoder.maskedAttention(mask, DType.F32)), mask);
        int[] lengths = validLengths(mask);
        if (lengths == null) return;
        Tensor padded = block.selfAttention(x, encoder.maskedAttention(mask, DType.F32));
        int last = lengths.length - 1;
        Tensor unpadded = block.selfAttention(
                x.row(last).narrow(1, 0, lengths[last]), encoder.packedAttention(new int[] {lengths[last]}));
        checks.assertClose(
                "attention of the last item without padding", padded.row(last).narrow(1, 0, lengths[last]), unpadded);
    }

    /**
     * Compares an output [B, L, E] with the values that large goldens store: the sum of every row, and some complete
     * rows.
     */
    static void checkRowsAndSums(Golden golden, SoftAssertions checks, Tensor out, Tensor mask) {
        Tensor validMask = mask.to(DType.F64), out64 = out.to(DType.F64);
        for (String name : golden.names("output.")) {
            Tensor expected = golden.get("output." + name);
            Matcher rows = ROWS_NAME.matcher(name);
            if (name.equals("sum_per_token"))
                checks.assertClose(
                        name,
                        expected.reshape(validMask.shape()).mul(validMask),
                        out64.sum(false, 2).mul(validMask));
            else if (name.equals("abs_sum_per_token"))
                checks.assertClose(
                        name,
                        expected.reshape(validMask.shape()).mul(validMask),
                        out64.abs().sum(false, 2).mul(validMask));
            else if (rows.matches()) {
                int[] indices = Arrays.stream(rows.group(2).substring(1).split("_"))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                Tensor item = out.select(0, rows.group(1) == null ? 0 : Integer.parseInt(rows.group(1)));
                checks.assertClose(name, expected, item.indexSelect(0, Tensor.of(indices, indices.length)));
            } else throw new WeightsException("there is no comparison for 'output." + name + "'");
        }
    }
}

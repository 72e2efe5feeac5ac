package dev.mige4j.encoder;

import dev.mige4j.common.ShapeException;
import dev.mige4j.tensor.Tensor;
import java.util.Arrays;

/**
 * The output of the multimodal encoder, to which the denoiser's cross-attention attends.
 *
 * @param states [B, L, E]; rows beyond an item's length are undefined
 * @param lengths the number of valid rows of each item, 1 to L
 */
public record Conditioning(Tensor states, int[] lengths) {

    /** Throws {@link ShapeException} when the shapes do not match or a length is out of range. */
    public Conditioning {
        states.expect("states", "[B, L, E]", lengths.length, Tensor.ANY, Tensor.ANY);
        long longest = states.size(1);
        if (Arrays.stream(lengths).anyMatch(n -> n < 1 || n > longest))
            throw new ShapeException("item lengths are %s, expected 1 to %d each", Arrays.toString(lengths), longest);
        lengths = lengths.clone();
    }

    /** Splits the packed tokens [R, E] of all items into items and pads each with zero rows to the longest. */
    static Conditioning padPacked(Tensor packed, int[] lengths) {
        int longest = Arrays.stream(lengths).max().orElseThrow(), zeroRow = Math.toIntExact(packed.size(0));
        if (lengths.length == 1) return new Conditioning(packed.unsqueeze(0), lengths);
        long[] rows = new long[lengths.length * longest];
        int packedRow = 0;
        for (int item = 0; item < lengths.length; item++)
            for (int token = 0; token < longest; token++)
                rows[item * longest + token] = token < lengths[item] ? packedRow++ : zeroRow;
        Tensor withZeroRow = Tensor.cat(0, packed, Tensor.zeros(packed.dtype(), 1, packed.size(1)));
        return new Conditioning(withZeroRow.embedding(Tensor.of(rows, lengths.length, longest)), lengths);
    }

    /** The valid rows of one item: [lengths[item], E]. */
    public Tensor item(int item) {
        return states.select(0, item).narrow(0, 0, lengths[item]);
    }
}

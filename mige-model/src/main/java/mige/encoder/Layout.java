package mige.encoder;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the words and pictures of one item stand in the row that the text encoder reads.
 *
 * <pre>
 *   segment 0, picture 0, segment 1, picture 1, ..., last segment, end
 * </pre>
 *
 * As in the reference, marks and slots are paired until either ends: with more marks than slots the segments between the last paired
 * mark and the last segment are dropped, and a row that is too long is cut at the place, be it amid a picture. Both are counted in
 * {@code lost}; a prompt that was fitted before (see {@code mige.text.Prompt}) loses nothing. Source: reference ENCODER.md section 5.
 *
 * @param places what stands at each place: a token id, or for row r of the picture in slot s the number {@code -1 - (s · rows + r)}
 * @param rows   places that a picture takes, Q
 * @param lost   places that were dropped or cut off
 */
public record Layout(int[] places, int rows, int lost) {

    /** Lays out segments of token ids without an end; {@code slots} pictures of {@code rows} places at most, {@code most} places at most. */
    public static Layout of(List<int[]> segments, int slots, int rows, int most, int end) {
        int marks = segments.size() - 1, paired = Math.min(marks, slots);
        var row = IntStream.builder();
        for (int slot = 0; slot < paired; slot++) {
            Arrays.stream(segments.get(slot)).forEach(row);
            IntStream.range(slot * rows, (slot + 1) * rows).map(r -> -1 - r).forEach(row);
        }
        Arrays.stream(segments.get(marks)).forEach(row);
        row.add(end);
        int[] places = row.build().toArray();
        int wanted = segments.stream().mapToInt(s -> s.length).sum() + marks * rows + 1;
        return new Layout(places.length > most ? Arrays.copyOf(places, most) : places, rows, wanted - Math.min(places.length, most));
    }

    /** Places in all, n. */
    public int length() {
        return places.length;
    }

    /** How many slots are read: 0 when there is no mark, else one more than the highest slot that has a place. */
    public int slots() {
        return Arrays.stream(places).filter(p -> p < 0).map(p -> (-1 - p) / rows + 1).max().orElse(0);
    }
}

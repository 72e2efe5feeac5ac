package mige.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import mige.tensor.Tensor;
import mige.tensor.UsageException;

/**
 * Puts words and pictures into one row: token vectors with the rows of each picture's embedding where its mark stood.
 *
 * <p>Works for many items at once and for places that count only: one look into the token table and one gathering for a whole batch.
 * Source: reference ENCODER.md sections 5 and 6.
 */
public final class ContextEmbedding {

    private final UnaryOperator<Tensor> table;

    /** {@code table} looks up the vectors of int64 ids [n]: [n, E]. */
    public ContextEmbedding(UnaryOperator<Tensor> table) {
        this.table = table;
    }

    /**
     * The places of all items, one behind the other: [R, E].
     *
     * @param seen  embeddings of each item's pictures [k, Q, E] from slot 0 on, or null for none
     * @param empty asked, once at most, for the embedding [Q, E] of slots that have no picture
     */
    public Tensor forward(List<Layout> layouts, List<Tensor> seen, Supplier<Tensor> empty) {
        List<Tensor> sources = new ArrayList<>();
        int[] start = new int[layouts.size()];          // where an item's pictures begin among the rows of all sources
        int[] ids = layouts.stream().flatMapToInt(l -> Arrays.stream(l.places())).filter(p -> p >= 0).toArray();
        int rows = ids.length;
        boolean needsEmpty = false;
        for (int item = 0; item < start.length; item++) {
            Tensor pictures = seen.get(item);
            start[item] = rows;
            if (layouts.get(item).slots() > count(pictures)) needsEmpty = true;
            if (pictures == null) continue;
            sources.add(pictures.reshape(-1, pictures.size(2)));
            rows += pictures.size(0) * pictures.size(1);
        }
        if (needsEmpty) sources.add(empty.get());
        Tensor words = table.apply(Tensor.of(ids, ids.length));
        sources.add(0, sources.isEmpty() ? words : words.like(sources.get(0)));
        long[] index = index(layouts, seen, start, rows);
        Tensor all = sources.size() == 1 ? sources.get(0) : Tensor.cat(0, sources);
        return all.lookup(Tensor.of(index, index.length));
    }

    private static long[] index(List<Layout> layouts, List<Tensor> seen, int[] start, int empty) {
        long[] index = new long[layouts.stream().mapToInt(Layout::length).sum()];
        int at = 0, word = 0;
        for (int item = 0; item < start.length; item++) {
            Layout layout = layouts.get(item);
            int given = count(seen.get(item)) * layout.rows();
            for (int place : layout.places()) {
                int row = -1 - place;
                index[at++] = place >= 0 ? word++ : row < given ? start[item] + row : empty + row % layout.rows();
            }
        }
        return index;
    }

    private static int count(Tensor pictures) {
        return pictures == null ? 0 : Math.toIntExact(pictures.size(0));
    }

    static void check(int pictures, int slots) {
        if (pictures > slots) throw new UsageException("%d pictures are given, the model has room for %d.", pictures, slots);
    }
}

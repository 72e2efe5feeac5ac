package mige.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import mige.data.Bench;
import mige.data.Item;

/**
 * One question of nano-MIGEBench: an item, or a chain of items of which each starts from the answer to the one before.
 *
 * @param id    stable and unique, such as {@code edit-017}
 * @param turns one item, more in {@link Suite#MULTI_TURN}
 */
public record Question(String id, Suite suite, List<Item> turns) {

    public Question {
        turns = List.copyOf(turns);
        if (turns.isEmpty()) throw new IllegalArgumentException("question " + id + " has no turn");
        for (int i = 1; i < turns.size(); i++)
            if (!turns.get(i - 1).target().equals(turns.get(i).source()))
                throw new IllegalArgumentException("turn " + (i + 1) + " of question " + id + " does not start where turn " + i + " ends");
    }

    /** The first {@code most} questions of a suite of nano-MIGEBench, in its order; fewer where it holds fewer. */
    public static List<Question> nano(Suite suite, int most) {
        Map<Integer, List<Item>> turns = new LinkedHashMap<>();
        for (Bench.Entry entry : Bench.entries(suite.label())) turns.computeIfAbsent(entry.idx(), i -> new ArrayList<>()).add(entry.item());
        return turns.entrySet().stream().limit(most).map(e -> new Question("%s-%03d".formatted(suite.label(), e.getKey()), suite, e.getValue())).toList();
    }
}

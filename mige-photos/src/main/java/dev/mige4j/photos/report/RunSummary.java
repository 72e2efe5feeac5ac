package dev.mige4j.photos.report;

import dev.mige4j.photos.DecisionList;
import dev.mige4j.photos.ItemDecision;
import dev.mige4j.photos.stage.StageResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the report says about a run. The first samples are those with the smallest keys; keys are hashes, so they are a
 * random choice that is the same in every run.
 *
 * @param items number of all items
 * @param kept number of items with a record
 * @param samples the first kept items
 * @param dropped the dropped items by reason, most frequent reason first
 * @param histograms distributions of the measures
 */
public record RunSummary(
        int items, int kept, List<ItemDecision> samples, List<DroppedItems> dropped, List<Histogram> histograms) {

    /**
     * The items that were dropped for one reason.
     *
     * @param reason the reason's key
     * @param count number of items
     * @param first the first of them
     */
    public record DroppedItems(String reason, int count, List<ItemDecision> first) {}

    /**
     * Summarises the decisions of a run, of which it keeps only those that the report shows.
     *
     * @param sampleCount number of kept items to show
     * @param droppedCount number of dropped items to show for each reason
     */
    public static RunSummary of(DecisionList decisions, int sampleCount, int droppedCount) {
        int[] counts = new int[2];
        List<ItemDecision> samples = new ArrayList<>();
        SortedMap<String, Integer> droppedCounts = new TreeMap<>();
        SortedMap<String, List<ItemDecision>> firstDropped = new TreeMap<>();
        SortedMap<String, Histogram.Builder> histograms = new TreeMap<>();
        decisions.forEach(decision -> {
            counts[0]++;
            if (decision.result() instanceof StageResult.Kept<ItemDecision.ItemRecord> kept) {
                counts[1]++;
                if (samples.size() < sampleCount) samples.add(decision);
                kept.value().measures().forEach((measure, value) -> histograms
                        .computeIfAbsent(measure, Histogram.Builder::new)
                        .extend(value));
            } else if (decision.result() instanceof StageResult.Dropped<ItemDecision.ItemRecord> drop) {
                droppedCounts.merge(drop.reason(), 1, Integer::sum);
                List<ItemDecision> first = firstDropped.computeIfAbsent(drop.reason(), reason -> new ArrayList<>());
                if (first.size() < droppedCount) first.add(decision);
            }
        });
        decisions.forEach(decision -> {
            if (decision.result() instanceof StageResult.Kept<ItemDecision.ItemRecord> kept)
                kept.value()
                        .measures()
                        .forEach((measure, value) -> histograms.get(measure).count(value));
        });
        List<DroppedItems> dropped = droppedCounts.entrySet().stream()
                .sorted((a, b) -> b.getValue() - a.getValue())
                .map(entry -> new DroppedItems(entry.getKey(), entry.getValue(), firstDropped.get(entry.getKey())))
                .toList();
        return new RunSummary(
                counts[0],
                counts[1],
                samples,
                dropped,
                histograms.values().stream().map(Histogram.Builder::build).toList());
    }

    /** The share of kept items as text, such as {@code 61.5 %}. */
    public String keptShare() {
        return String.format(Locale.ROOT, "%.1f %%", items == 0 ? 0 : 100.0 * kept / items);
    }
}

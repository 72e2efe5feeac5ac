package dev.mige4j.dataset.layout;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.ProgressListener;
import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.StoredRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;

/**
 * Loads the items of a dataset on all processors and passes their records on in order. Items that are damaged or not
 * fit for training are left out and counted. Not safe for use by several threads.
 */
public final class DatasetImport implements Iterator<StoredRecord> {

    /** Items that are loaded together, and may be in memory at a time. */
    private static final int CHUNK = 64, MAX_EXAMPLES = 5;

    /** @param fault why the item is left out; empty with a record */
    private record Loaded(Optional<StoredRecord> record, String fault) {}

    private final List<LayoutItem> items;
    private final ProgressListener listener;
    private final Queue<StoredRecord> loaded = new ArrayDeque<>();
    private final List<String> faults = new ArrayList<>();
    private int next, leftOut;

    /** @param listener receives the number of items so far; may cancel */
    public DatasetImport(List<LayoutItem> items, ProgressListener listener) {
        this.items = items;
        this.listener = listener;
    }

    /**
     * Whether there is another record; loads the next items.
     *
     * @throws CancelledException when the listener cancelled
     */
    @Override
    public boolean hasNext() {
        while (loaded.isEmpty() && next < items.size()) {
            if (!listener.onProgress("import", next, items.size()))
                throw new CancelledException("stopped after %d of %d items", next, items.size());
            List<LayoutItem> chunk = items.subList(next, Math.min(items.size(), next + CHUNK));
            for (Loaded item : chunk.parallelStream().map(DatasetImport::load).toList()) {
                item.record.ifPresent(loaded::add);
                if (item.record.isPresent()) continue;
                leftOut++;
                if (faults.size() < MAX_EXAMPLES) faults.add(item.fault);
            }
            next += chunk.size();
        }
        return !loaded.isEmpty();
    }

    private static Loaded load(LayoutItem item) {
        try {
            return new Loaded(Optional.of(item.load()), "");
        } catch (UsageException e) {
            return new Loaded(Optional.empty(), e.getMessage());
        }
    }

    @Override
    public StoredRecord next() {
        if (!hasNext()) throw new NoSuchElementException("no more records");
        return loaded.remove();
    }

    /** The number of items so far that were left out. */
    public int leftOut() {
        return leftOut;
    }

    /** Why the first of the items that were left out are. */
    public List<String> faults() {
        return List.copyOf(faults);
    }
}

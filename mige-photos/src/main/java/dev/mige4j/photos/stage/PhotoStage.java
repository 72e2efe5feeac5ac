package dev.mige4j.photos.stage;

/**
 * A stage of the photo pipeline: a pure function of one item. It has no state that depends on earlier items, sees no
 * clock and draws random numbers from a hash of the seed and the photograph's path only, so that items may run in any
 * order, on any thread or machine, and a repeated run gives the same bytes.
 *
 * @param <I> what the stage reads
 * @param <O> what it makes of it
 */
@FunctionalInterface
public interface PhotoStage<I, O> {

    /**
     * The result for one item, or the reason why the item is dropped. Safe for use by several threads.
     *
     * @throws RuntimeException only for what is no property of the item, such as a damaged model file; it ends the run
     */
    StageResult<O> apply(I item);
}

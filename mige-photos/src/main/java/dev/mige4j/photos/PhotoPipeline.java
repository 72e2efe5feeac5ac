package dev.mige4j.photos;

import dev.mige4j.image.Image;
import dev.mige4j.photos.stage.StageResult;
import java.util.List;

/**
 * The stages from an item to a training sample. A pipeline has no state: items may be processed in any order, by
 * several threads, and on several machines, with the same results.
 *
 * @param <I> what becomes a sample
 */
public interface PhotoPipeline<I extends PhotoItem> {

    /** The task of the samples. */
    PhotoTask task();

    /** The sample of an item, or the reason why it is dropped. */
    StageResult<PhotoSample> process(I item, List<Image> images);
}

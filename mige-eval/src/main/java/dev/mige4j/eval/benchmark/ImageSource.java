package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;

/** An image of a benchmark, decoded when it is needed. Equal sources have the same pixels. */
public interface ImageSource {

    /** Its path within the benchmark, which identifies it in messages and reports. */
    String name();

    /**
     * Decodes the image like the reference, see {@link ImageFile#readAsPillow}.
     *
     * @throws UsageException when the image is missing or damaged
     */
    Image read();
}

package dev.mige4j.dataset.layout;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;

/** An image of a dataset or benchmark, read when it is needed. Equal sources have the same pixels. */
public interface ImageSource {

    /** Its path within it, which identifies it in messages and reports. */
    String name();

    /**
     * The bytes of the image file.
     *
     * @throws UsageException when the image is missing or cannot be read
     */
    byte[] file();

    /**
     * Decodes the image like the reference, see {@link ImageFile#readAsPillow}.
     *
     * @throws UsageException when the image is missing or damaged
     */
    Image read();
}

package dev.mige4j.photos;

import java.util.List;

/** What may become one record: a photograph, or a pair of them. */
public interface PhotoItem {

    /** Identifies the item in its set, on every machine: for a photograph, its path below the folder of photographs. */
    String id();

    /** The image files that the item is made of, as paths below the folder of photographs. */
    List<String> files();

    /** What the result depends on besides the files, such as words; the same text for the same result. */
    default String words() {
        return "";
    }
}

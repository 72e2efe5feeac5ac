package dev.mige4j.web;

import java.util.List;

/**
 * How a request wants its answer, in terms of OpenAI's API.
 *
 * @param url whether the answer has the URLs of the images instead of their files
 * @param stream whether the answer is a stream of events
 * @param partialImages the number of previews in the stream, at most
 * @param background {@code auto}, {@code opaque} or {@code transparent}, as asked
 * @param notices remarks about what was asked and is answered otherwise
 */
record OpenAiOptions(boolean url, boolean stream, int partialImages, String background, List<String> notices) {

    boolean transparentBackground() {
        return background.equals("transparent");
    }
}

package dev.mige4j.eval.metric;

import dev.mige4j.image.Image;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An output in which an object is searched.
 *
 * @param output the file of the output, beside which results of other programs are found; empty for a baseline
 * @param image its content
 * @param object what to search, such as {@code cat}: the caption for the detector
 */
public record EntityRequest(Optional<Path> output, Image image, String object) {}

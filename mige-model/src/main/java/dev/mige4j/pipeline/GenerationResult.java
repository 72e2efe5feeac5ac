package dev.mige4j.pipeline;

import dev.mige4j.image.Image;
import java.util.List;

/**
 * What a request gave.
 *
 * @param images the pictures, item i made from (seed, i); for an edit of the source's size
 * @param recipes how each was made, to be written into its file
 * @param notices what the user should know, for instance words that did not fit; often empty
 */
public record GenerationResult(List<Image> images, List<Recipe> recipes, List<String> notices) {}

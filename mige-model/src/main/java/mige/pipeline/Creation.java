package mige.pipeline;

import java.util.List;
import mige.image.Picture;

/**
 * What a request gave.
 *
 * @param pictures the pictures, item i made from (seed, i); for an edit of the source's size
 * @param recipes  how each was made, to be written into its file
 * @param notices  what the user should know, for instance words that did not fit; often empty
 */
public record Creation(List<Picture> pictures, List<Recipe> recipes, List<String> notices) {}

/**
 * Does this program compute what the reference computes? {@link mige.parity.Suite} finds golden files in a folder, runs
 * our parts on their inputs, and {@link mige.parity.Report} says how far apart the results are.
 *
 * <p>A golden says itself what it is (its metadata's {@code case}, else its file name), how large everything is
 * ({@code config} and the shapes of its tensors), and what goes in and must come out; so a second set with other seeds,
 * sizes and words runs unchanged. To add a kind of golden: write a {@link mige.parity.Kind} and name it in
 * {@link mige.parity.Suite#KINDS}.
 */
package dev.mige4j.parity;

/**
 * Comparison with the reference implementation: {@link dev.mige4j.parity.ParitySuite} finds golden files in a folder,
 * runs the components on their inputs, and reports the differences in a {@link dev.mige4j.parity.ParityReport}.
 *
 * <p>A golden file describes itself: its kind (the metadata {@code case}, else the file name), its sizes
 * ({@code config} and the shapes of its tensors), its inputs and its expected outputs. Files with other seeds, sizes
 * and texts therefore run unchanged. To add a kind, implement {@link dev.mige4j.parity.GoldenKind} and list it in
 * {@code ParitySuite.KINDS}. {@link dev.mige4j.parity.BundledGoldens} are the files that this module carries.
 */
package dev.mige4j.parity;

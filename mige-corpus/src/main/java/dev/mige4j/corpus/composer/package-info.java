/**
 * Composes examples: {@code (split, seed, index)} to an {@link dev.mige4j.corpus.specification.ExampleSpec} with its
 * instruction, source and target scenes.
 */
package dev.mige4j.corpus.composer;

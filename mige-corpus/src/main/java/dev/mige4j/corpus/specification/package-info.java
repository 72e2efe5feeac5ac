/**
 * Data model of the corpus: concepts, scenes, objects, and the specifications of scenes and examples. Independent of
 * rendering.
 */
package dev.mige4j.corpus.specification;

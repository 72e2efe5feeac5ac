/**
 * What the corpus shows, as data: concepts, scenes, objects, and the specifications of scenes and examples. Everything
 * here is independent of pixels.
 */
package dev.mige4j.corpus.specification;

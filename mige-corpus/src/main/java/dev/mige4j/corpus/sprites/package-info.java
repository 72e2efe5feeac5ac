/** The icons that objects are drawn with: the pinned icon packages, rasterised once to sprites. */
package dev.mige4j.corpus.sprites;

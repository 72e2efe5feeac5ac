/**
 * Renders a {@link dev.mige4j.corpus.specification.SceneSpec} to pixels: background, lighting, objects with shadows,
 * weather and style filters.
 */
package dev.mige4j.corpus.renderer;

/**
 * The synthetic training corpus: examples of all tasks, rendered on demand from icons and procedurally painted scenes.
 *
 * <pre>
 *   CorpusDownloader -> icon packages -> SpriteRasterizer -> SpriteStore   \
 *   BackgroundGenerator                                   -> BackgroundCache > Renderer: SceneSpec -> pixels
 *   (Split, seed, index) -> ExampleComposer -> ExampleSpec (references, source and target SceneSpec, instruction)
 *   Corpus: ExampleSpec -> Example (reference, source and target images, mask, bounding box)
 * </pre>
 *
 * <p>Packages, each using only those before it: {@code specification}, {@code sprites}, {@code renderer},
 * {@code composer}, {@code benchmark}, and this one.
 */
package dev.mige4j.corpus;

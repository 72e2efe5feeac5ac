/**
 * The corpus: drawings from pinned packages, painted scenes, and examples of every task drawn from them on demand.
 *
 * <pre>
 *   CorpusFetch -> packages -> SpriteBuild -> Sprites  \
 *                               Scenery -> Lands        > Renderer: SceneSpec -> pixels
 *   (Split, seed, index) -> Composer -> Item (two SceneSpecs that differ in what the sentence asks for)
 *   Corpus: Item -> Example (references, source, target, mask, box)
 * </pre>
 */
package dev.mige4j.corpus;

/**
 * Encodes an instruction that interleaves text and images: {@link dev.mige4j.encoder.MultimodalEncoder} and its parts.
 *
 * <pre>
 *   image ── VisionTransformer ── VisionNorm ── QFormer ─────────┐
 *   its raw latent ── patch features of the denoiser ────── FeatureFusion ── t5_proj ──┐
 *   text ── token embedding ───────────────────────────────────────────── InterleavedEmbedding ── T5Encoder
 * </pre>
 *
 * <p>Sizes, as the shapes of all packages name them:
 *
 * <table>
 * <caption>Letters in tensor shapes</caption>
 * <tr><td>B</td><td>items of a batch</td></tr>
 * <tr><td>n, k</td><td>images of a batch, images of one item</td></tr>
 * <tr><td>T, V</td><td>tokens of an image in the vision transformer, and their width</td></tr>
 * <tr><td>Q, D</td><td>queries of the Q-Former for an image, and their width</td></tr>
 * <tr><td>N, C</td><td>patches of a latent, and their width, which is the hidden size of the denoiser</td></tr>
 * <tr><td>L, R</td><td>tokens of an item (text and images), tokens of all items of a batch</td></tr>
 * <tr><td>E</td><td>width of the text encoder</td></tr>
 * <tr><td>c, h, w</td><td>channels, height and width of a latent</td></tr>
 * <tr><td>p</td><td>side of a patch of the denoiser</td></tr>
 * <tr><td>H, W</td><td>height and width of an image in pixels</td></tr>
 * <tr><td>F</td><td>channels of a level of the autoencoder</td></tr>
 * </table>
 *
 * <p>Source: MIGE (arXiv 2502.21291), multimodal encoder; docs/specification/encoder.md sections 1-7 and 13.
 */
package dev.mige4j.encoder;

/**
 * From words and pictures to what the denoiser listens to: {@link mige.encoder.MultimodalEncoder} and the boxes it is
 * made of.
 *
 * <pre>
 *   picture ── VisionTransformer ── VisionNorm ── QFormer ──┐
 *   its raw latent ── patch features of the denoiser ─── FeatureFusion ── t5_proj ──┐
 *   words ── token table ──────────────────────────────────────────────── ContextEmbedding ── T5Encoder ── Conditioning
 * </pre>
 *
 * Sizes, here and in all shapes of this package: B items, n pictures, T picture tokens of width W, Q queries of width
 * D, N patches of width C, L places of an item, R places of all items together, E width of the text encoder, H heads.
 * Source: MIGE (arXiv 2502.21291), multimodal encoder; docs/specification/encoder.md sections 1-7 and 13.
 */
package dev.mige4j.encoder;

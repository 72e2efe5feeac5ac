/**
 * Judging of outputs by a vision-language model, in the manner of GEdit-Bench and ImgEdit. Optional: nothing here is
 * used unless the caller supplies a {@code ChatModel}.
 */
package dev.mige4j.eval.judge;

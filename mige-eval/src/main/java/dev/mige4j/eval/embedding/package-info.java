/** Models that embed images and texts in one space, where cosine similarity measures how well they match. */
package dev.mige4j.eval.embedding;

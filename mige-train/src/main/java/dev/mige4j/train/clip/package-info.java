/** The contrastive image-text model that provides the vision encoder and the evaluation's embeddings. */
package dev.mige4j.train.clip;

/** Reads Parquet files of the Hugging Face hub without native code. */
package dev.mige4j.dataset.parquet;

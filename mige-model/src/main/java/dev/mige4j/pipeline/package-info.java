/**
 * The pipeline that joins all stages, and the API of applications: {@link dev.mige4j.pipeline.Mige} turns a
 * {@link dev.mige4j.task.Task} and {@link dev.mige4j.pipeline.Settings} into
 * {@link dev.mige4j.pipeline.GeneratedImage}s.
 */
package dev.mige4j.pipeline;

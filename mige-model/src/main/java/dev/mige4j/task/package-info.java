/**
 * Requests: an {@link dev.mige4j.task.Instruction} that interleaves text and images, as one of the three kinds of
 * {@link dev.mige4j.task.Task}.
 */
package dev.mige4j.task;

/**
 * What the user asks for: an {@link mige.task.Instruction} of words and pictures, in one of three kinds of
 * {@link mige.task.Task}.
 */
package dev.mige4j.task;

/** From a task to pictures: all stages joined, and the facade that applications use, {@link mige.pipeline.Mige}. */
package dev.mige4j.pipeline;

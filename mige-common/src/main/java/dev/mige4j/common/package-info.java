/**
 * Code shared by all modules: exceptions, atomic file writing, JSON, checksums, and one listener for progress and
 * cancellation.
 */
package dev.mige4j.common;

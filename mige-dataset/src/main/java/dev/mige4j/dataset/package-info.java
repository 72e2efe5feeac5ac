/** Training records, and the files that hold them. */
package dev.mige4j.dataset;

/**
 * The command line, one class a command: parse, call {@link mige.pipeline.Mige}, print.
 *
 * <p>Exit codes: 0 done; 1 something failed; 2 the command or a file it names must be mended; 130 ended by Ctrl-C.
 */
package dev.mige4j.cli;

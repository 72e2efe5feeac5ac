/**
 * The command line, one class per command.
 *
 * <p>Exit codes: 0 success; 1 failure; 2 usage error, bad input file or unreachable server; 130 cancelled with Ctrl-C.
 */
package dev.mige4j.cli;

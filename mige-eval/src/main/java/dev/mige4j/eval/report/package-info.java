/** Statistics and reports: means with bootstrap intervals as text, JSON and HTML. */
package dev.mige4j.eval.report;

/** The report on a run of the photo pipeline, as HTML and as a contact sheet. */
package dev.mige4j.photos.report;

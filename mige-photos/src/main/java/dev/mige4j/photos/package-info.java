/** Makes training records from photographs. */
package dev.mige4j.photos;

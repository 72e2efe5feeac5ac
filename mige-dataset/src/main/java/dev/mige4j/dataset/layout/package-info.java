/** Published datasets in the layouts that their authors chose, as training records. */
package dev.mige4j.dataset.layout;

/** Jobs of Apache Spark. */
package dev.mige4j.spark;

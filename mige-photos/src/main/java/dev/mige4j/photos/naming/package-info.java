/** Names of objects, and instructions. */
package dev.mige4j.photos.naming;

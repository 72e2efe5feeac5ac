/** Adapter for Spring AI: {@link dev.mige4j.springai.MigeSpringImageModel}. */
package dev.mige4j.springai;

/** Adapter for LangChain4j: {@link dev.mige4j.langchain4j.MigeImageModel}. */
package dev.mige4j.langchain4j;

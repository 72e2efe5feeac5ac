/** Lets applications built on langchain4j make and edit pictures: {@link mige.langchain4j.MigeImageModel}. */
package dev.mige4j.langchain4j;

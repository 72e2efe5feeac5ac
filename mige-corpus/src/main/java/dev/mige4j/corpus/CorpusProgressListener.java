package dev.mige4j.corpus;

/** Hears of a long piece of work after each of its steps. */
@FunctionalInterface
public interface CorpusProgressListener {

    /** {@code done} of {@code of} steps of {@code what} are made; false stops the work. */
    boolean onProgress(String item, int done, int total);
}

package mige.data;

/** Hears of a long piece of work after each of its steps. */
@FunctionalInterface
public interface Steps {

    /** {@code done} of {@code of} steps of {@code what} are made; false stops the work. */
    boolean step(String what, int done, int of);
}

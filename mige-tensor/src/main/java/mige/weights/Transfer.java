package mige.weights;

/** Hears how far a long reading or writing has come. */
@FunctionalInterface
public interface Transfer {

    Transfer SILENT = (what, done, of) -> true;

    /** {@code done} of {@code of} bytes of {@code what} (a file, a tensor) are there; {@code of} is -1 when unknown. False stops. */
    boolean at(String what, long done, long of);
}

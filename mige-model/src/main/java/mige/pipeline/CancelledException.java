package mige.pipeline;

/** A request was ended because its {@link Progress} asked for it; nothing is left behind. */
public final class CancelledException extends RuntimeException {

    public CancelledException(Stage stage, int done, int of) {
        super("cancelled while " + stage.name().toLowerCase(java.util.Locale.ROOT) + ", after " + done + " of " + of);
    }
}

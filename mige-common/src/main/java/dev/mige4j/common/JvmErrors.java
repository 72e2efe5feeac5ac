package dev.mige4j.common;

import java.util.Optional;

/** Explains the errors of the Java virtual machine that a user can mend: memory, threads, stack, missing classes. */
public final class JvmErrors {

    private JvmErrors() {}

    /** One sentence with what to do; empty for other errors. */
    public static Optional<String> explain(Throwable error) {
        if (error instanceof ExceptionInInitializerError && error.getCause() instanceof Error cause)
            return explain(cause);
        String message = String.valueOf(error.getMessage());
        String sentence = null;
        if (error instanceof OutOfMemoryError) sentence = explainOutOfMemory(message);
        else if (error instanceof StackOverflowError)
            sentence = "The stack of a thread is too small for this input; use a simpler one, or a larger stack:"
                    + " MIGE_JAVA_OPTS=-Xss8m.";
        else if (error instanceof InternalError && message.contains("unsafe memory access"))
            sentence = "A file of the model was changed or could not be read while it was in use; check the disk, and"
                    + " start again.";
        else if (error instanceof ClassFormatError || error instanceof IncompatibleClassChangeError)
            sentence = "The libraries do not fit together (" + message
                    + "); build again: remove the folder .mige, or unpack the program again.";
        else if (error instanceof LinkageError)
            sentence = "A library is missing or cannot be loaded (" + message
                    + "); build again: remove the folder .mige, or unpack the program again.";
        return Optional.ofNullable(sentence);
    }

    private static String explainOutOfMemory(String message) {
        if (message.contains("native thread"))
            return "The system allows no further thread; end other programs, or raise the limit of processes"
                    + " (ulimit -u, or pids of the container).";
        if (message.contains("Map failed"))
            return "A file cannot be mapped into memory; raise the limit of the address space (ulimit -v unlimited).";
        if (message.contains("direct buffer memory") || message.contains("Direct buffer memory"))
            return "The memory for direct buffers is full; make it larger: MIGE_JAVA_OPTS=-XX:MaxDirectMemorySize=1g.";
        if (message.contains("etaspace") || message.contains("Compressed class space"))
            return "The memory for classes is full; make it larger: MIGE_JAVA_OPTS=-XX:MaxMetaspaceSize=512m.";
        if (message.contains("Java heap space") || message.contains("GC overhead") || message.contains("array size"))
            return "The Java heap of " + ByteSize.format(Runtime.getRuntime().maxMemory())
                    + " is full; make it larger (MIGE_HEAP=3g for mige, -Xmx3g for java), or use smaller or fewer"
                    + " images.";
        return "The memory is full (" + message + "); close other programs, or raise the limit of the process.";
    }
}

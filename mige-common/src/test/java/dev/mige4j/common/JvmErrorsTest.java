package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JvmErrorsTest {

    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of(new OutOfMemoryError("Java heap space"), "MIGE_HEAP=3g"),
                Arguments.of(new OutOfMemoryError("GC overhead limit exceeded"), "MIGE_HEAP=3g"),
                Arguments.of(new OutOfMemoryError("Requested array size exceeds VM limit"), "MIGE_HEAP=3g"),
                Arguments.of(
                        new OutOfMemoryError(
                                "unable to create native thread: possibly out of memory or process/resource"
                                        + " limits reached"),
                        "ulimit -u"),
                Arguments.of(new OutOfMemoryError("Map failed"), "ulimit -v"),
                Arguments.of(
                        new OutOfMemoryError("Cannot reserve 8192 bytes of direct buffer memory (allocated: 1)"),
                        "-XX:MaxDirectMemorySize=1g"),
                Arguments.of(new OutOfMemoryError("Metaspace"), "-XX:MaxMetaspaceSize=512m"),
                Arguments.of(new OutOfMemoryError("Failed to allocate memory within limits"), "close other programs"),
                Arguments.of(new StackOverflowError(), "-Xss8m"),
                Arguments.of(
                        new InternalError("a fault occurred in a recent unsafe memory access operation in compiled Java"
                                + " code"),
                        "check the disk"),
                Arguments.of(new NoSuchMethodError("x.Y.z()"), "x.Y.z()"),
                Arguments.of(new NoClassDefFoundError("org/bytedeco/X"), "org/bytedeco/X"),
                Arguments.of(new UnsatisfiedLinkError("no x in java.library.path"), "no x in java.library.path"),
                Arguments.of(new ExceptionInInitializerError(new NoClassDefFoundError("org/x/Y")), "org/x/Y"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void isOneSentenceWithTheRemedy(Error error, String remedy) {
        String sentence = JvmErrors.explain(error).orElseThrow();
        assertTrue(sentence.contains(remedy), sentence);
        assertTrue(sentence.endsWith(".") && sentence.indexOf('\n') < 0, sentence);
    }

    @Test
    void otherErrorsAreNotExplained() {
        assertEquals(Optional.empty(), JvmErrors.explain(new AssertionError("x")));
        assertEquals(Optional.empty(), JvmErrors.explain(new IllegalStateException("x")));
    }
}

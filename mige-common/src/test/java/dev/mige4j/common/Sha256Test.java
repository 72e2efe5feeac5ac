package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Sha256Test {

    /** FIPS 180-2, appendix B.1. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void matchesTheExampleOfFips180(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("abc"), "abc");
        assertEquals(ABC, Sha256.hex(file));
        assertEquals(ABC, Sha256.hex(Files.readAllBytes(file)));
    }

    @Test
    void formatsSizesInDecimalUnits() {
        assertEquals("999 bytes", ByteSize.format(999));
        assertEquals("1.0 MB", ByteSize.format(999_999));
        assertEquals("1.5 GB", ByteSize.format(1_500_000_000));
    }
}

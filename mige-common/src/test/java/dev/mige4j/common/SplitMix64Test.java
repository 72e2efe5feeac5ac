package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SplitMix64Test {

    @Test
    void agreesWithTheReferenceImplementation() {
        SplitMix64 random = new SplitMix64(1234567);
        assertEquals("6457827717110365317", Long.toUnsignedString(random.nextLong()));
        assertEquals("3203168211198807973", Long.toUnsignedString(random.nextLong()));
        assertEquals("9817491932198370423", Long.toUnsignedString(random.nextLong()));
    }

    @Test
    void hashIsFnv1a() {
        assertEquals("cbf29ce484222325", Long.toHexString(SplitMix64.hash("")));
        assertEquals("85944171f73967e8", Long.toHexString(SplitMix64.hash("foobar")));
    }
}

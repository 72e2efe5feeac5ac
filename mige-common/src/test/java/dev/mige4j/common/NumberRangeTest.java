package dev.mige4j.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumberRangeTest {

    private static final NumberRange STEPS = NumberRange.whole(2, 1000), GUIDANCE = NumberRange.decimal(0, 100);

    @Test
    void refusesMillionsOfDigitsAtOnce() {
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertTrue(STEPS.parse("9".repeat(5_000_000)).isEmpty());
            assertEquals("a whole number from 2 to 1000", STEPS.expected("9".repeat(5_000_000)));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"20", " 20 ", "+20", "20.0", "2e1", "２０"})
    void readsAWholeNumberHoweverItIsWritten(String text) {
        assertEquals(20, STEPS.parse(text).orElseThrow().intValueExact());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ten",
                "1",
                "1001",
                "2.5",
                "0x10",
                "NaN",
                "Infinity",
                "1e999",
                "1e99999999999",
                "1_000",
                "1 000"
            })
    void refusesOtherTexts(String text) {
        assertTrue(STEPS.parse(text).isEmpty());
        assertEquals("a whole number from 2 to 1000", STEPS.expected(text));
    }

    @Test
    void keepsAll64Bits() {
        NumberRange seeds = NumberRange.whole(Long.MIN_VALUE, Long.MAX_VALUE);
        assertEquals(
                Long.MIN_VALUE,
                seeds.parse("-9223372036854775808").orElseThrow().longValueExact());
        assertEquals("a whole number", seeds.expected("ten"));
        assertEquals(
                "a whole number from -9223372036854775808 to 9223372036854775807",
                seeds.expected("9223372036854775808"));
    }

    @Test
    void aDecimalCommaGetsAHint() {
        assertEquals(new BigDecimal("7.5"), GUIDANCE.parse("7.5").orElseThrow());
        assertEquals("a number from 0 to 100 with a decimal point: 7.5", GUIDANCE.expected("7,5"));
        assertEquals("a number from 0 to 100", GUIDANCE.expected("1,000,000"));
    }

    @Test
    void namesNoLimitThatIsOnlyThatOfTheType() {
        assertEquals(
                "a whole number of at least 1",
                NumberRange.whole(1, Integer.MAX_VALUE).expected("x"));
    }
}

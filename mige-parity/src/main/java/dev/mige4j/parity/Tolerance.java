package dev.mige4j.parity;

/**
 * How far results may be from the reference, each number with its reason. Relative ones are measured against the
 * largest magnitude expected.
 */
public final class Tolerance {

    private Tolerance() {}

    /**
     * Results in float32. The reference itself moves by up to 1e-5 between float32 and float64, an independent
     * implementation is 5.5e-6 away (docs/specification/encoder.md section 12), and the mildest mistake there, the
     * wrong GELU, costs 1e-3.
     */
    public static final double FLOAT32 = 1e-4;

    /** Ids, masks, buckets, prompts, 8-bit pictures: there is one right answer. */
    public static final double EXACT = 0;

    /** Float32 numbers that follow from 8-bit ones by a division and a subtraction: one rounding apart. */
    public static final double ROUNDING = 1e-6;

    /**
     * Relative L2 distance of results in bfloat16, whose rounding depends on the order in a kernel. The reference's own
     * float32 and bfloat16 results are 2.8 % apart behind T5, so two bfloat16 results may be 1.4 times as far apart; a
     * mistake costs 30 % and more.
     */
    public static final double BFLOAT16 = 0.05;
}

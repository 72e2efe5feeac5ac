package dev.mige4j.parity;

/**
 * Tolerances of the comparison with the reference, with their reasons. Relative ones refer to the largest expected
 * magnitude.
 */
public final class Tolerance {

    private Tolerance() {}

    /**
     * Results in float32. The reference itself differs by up to 1e-5 between float32 and float64, an independent
     * implementation differs by 5.5e-6 (docs/specification/encoder.md section 12), and the smallest mistake described
     * there, the wrong GELU, by 1e-3.
     */
    public static final double FLOAT32 = 1e-4;

    /**
     * Absolute, for values of metrics: the reference's sums in float32 and ours in float64 agree within 1e-6, and the
     * smallest mistake described in docs/specification/evaluation.md section 9 costs 9e-5.
     */
    public static final double METRIC = 1e-5;

    /** Token ids, masks, buckets, prompts, 8-bit images: exact. */
    public static final double EXACT = 0;

    /** Float32 values computed from 8-bit values by a division and a subtraction: one rounding error. */
    public static final double ROUNDING = 1e-6;

    /**
     * Relative L2 distance of results in bfloat16, whose rounding depends on the order of operations in a kernel. The
     * reference's own float32 and bfloat16 results differ by 2.8 % after T5, so two bfloat16 results may differ by 1.4
     * times as much; a mistake causes 30 % and more.
     */
    public static final double BFLOAT16 = 0.05;
}

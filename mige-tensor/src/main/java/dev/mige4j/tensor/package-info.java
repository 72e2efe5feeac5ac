/**
 * Arithmetic on libtorch: {@link mige.tensor.Tensor}, {@link mige.tensor.Scope} for its memory, {@link mige.tensor.Rng}
 * for its chance, {@link mige.tensor.Engine} for its set-up. With {@code mige.tensor.nn} the only code that knows
 * org.bytedeco.
 *
 * <p>Here, too, the three kinds of error: {@link mige.tensor.UsageException} (the user mends it),
 * {@link mige.tensor.WeightsException} (a wrong or damaged file), {@link mige.tensor.ShapeException} (our mistake, or a
 * wrong file).
 */
package dev.mige4j.tensor;

package dev.mige4j.pipeline;

import dev.mige4j.image.Image;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How far a request has come.
 *
 * @param stage the stage that is computed
 * @param done finished units of this stage; 0 when it starts
 * @param total units of this stage
 * @param fraction the part of the arithmetic of the whole request that is done, 0 to 1
 * @param remaining estimated time until the request ends; empty before the speed was measured
 * @param preview decodes the current estimate of the result, smaller than the result. Computed only when called; empty
 *     except after a step of {@link Stage#DENOISING}, and while it would make the previews take more than 5 % of the
 *     time
 */
public record GenerationProgress(
        Stage stage,
        int done,
        int total,
        double fraction,
        Optional<Duration> remaining,
        Supplier<Optional<Image>> preview) {}

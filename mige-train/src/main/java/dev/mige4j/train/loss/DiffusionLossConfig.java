package dev.mige4j.train.loss;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.PredictionType;

/** The key {@code loss} of a training configuration; {@code "type"} selects the implementation. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface DiffusionLossConfig {

    /** The loss of a denoiser that makes this kind of prediction. */
    DiffusionLoss create(NoiseSchedule schedule, PredictionType predictionType);
}

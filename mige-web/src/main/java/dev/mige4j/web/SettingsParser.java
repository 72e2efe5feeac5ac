package dev.mige4j.web;

import dev.mige4j.common.NumberRange;
import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Reads the settings of a request: seed, number of images, steps, guidance and the region of an edit. */
final class SettingsParser {

    private static final NumberRange SEED = NumberRange.whole(Long.MIN_VALUE, Long.MAX_VALUE),
            FIRST_INDEX = NumberRange.whole(0, Settings.MAX_FIRST_INDEX),
            GUIDANCE = NumberRange.decimal(0, Settings.MAX_GUIDANCE);

    private SettingsParser() {}

    /** The settings without the region, with a random seed if none was given. */
    static Settings parse(RequestFields fields, Limits limits) {
        Settings settings = Settings.DEFAULT
                .withSeed(fields.number("seed", SEED).map(BigDecimal::longValue).orElse(Settings.RANDOM_SEED))
                .withChosenSeed()
                .withFirstIndex(fields.number("first_index", FIRST_INDEX)
                        .map(BigDecimal::intValue)
                        .orElse(0))
                .withCount(fields.number("n", NumberRange.whole(1, limits.maxImages()))
                        .map(BigDecimal::intValue)
                        .orElse(1));
        Optional<BigDecimal> steps = fields.number("steps", NumberRange.whole(Settings.MIN_STEPS, limits.maxSteps()));
        Optional<BigDecimal> guidance = fields.number("guidance", GUIDANCE);
        Optional<BigDecimal> imageGuidance = fields.number("image_guidance", GUIDANCE);
        if (steps.isPresent()) settings = settings.withSteps(steps.get().intValue());
        if (guidance.isPresent())
            settings = settings.withGuidance(guidance.get().doubleValue());
        if (imageGuidance.isPresent())
            settings = settings.withImageGuidance(imageGuidance.get().doubleValue());
        try {
            return settings.withFaithful(fields.flag("faithful")).withFast(fields.flag("fast"));
        } catch (UsageException e) {
            throw RequestFields.invalidValue("fast", "%s", e.getMessage());
        }
    }

    /** The region that a mask or the field {@code region} states; empty if there is neither. */
    static Optional<Region> parseRegion(RequestFields fields, Optional<Region> mask, Task task) {
        Optional<String> requested = fields.choice("region", List.of("everywhere", "auto"));
        if (task.source().isEmpty()
                && (mask.isPresent() || requested.filter("auto"::equals).isPresent()))
            throw RequestFields.invalidValue(
                    mask.isPresent() ? "mask" : "region",
                    "'mask' and 'region' apply to edits only. Send a source image or omit them.");
        try {
            mask.ifPresent(region -> region.checkSource(task.source().orElseThrow()));
        } catch (UsageException e) {
            throw RequestFields.invalidValue("mask", "%s", e.getMessage());
        }
        return mask.or(() -> requested.map(name -> name.equals("auto") ? Region.AUTO : Region.EVERYWHERE));
    }
}

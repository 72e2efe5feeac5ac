package dev.mige4j.springai;

import dev.mige4j.pipeline.Recipe;
import org.springframework.ai.image.ImageGenerationMetadata;

/** The recipe of one generated image. */
public record MigeImageMetadata(Recipe recipe) implements ImageGenerationMetadata {}

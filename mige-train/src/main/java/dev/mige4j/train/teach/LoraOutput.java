package dev.mige4j.train.teach;

import dev.mige4j.common.UsageException;
import java.nio.file.Path;

/** Writes the LoRA of a training with the name that was taught. */
final class LoraOutput {

    private LoraOutput() {}

    static void write(Path run, Path output, TeachingConfig config, Path model) {
        throw new UsageException("Teaching '%s' is not available yet.", config.name());
    }
}

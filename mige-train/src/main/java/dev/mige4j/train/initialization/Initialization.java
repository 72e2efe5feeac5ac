package dev.mige4j.train.initialization;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.mige4j.pipeline.ModelConfig;
import java.nio.file.Path;

/**
 * Initial weights of a training; the key {@code initialization} of its configuration.
 *
 * <p>To add one: write a record that implements this interface, its components annotated with
 * {@link dev.mige4j.train.config.ConfigKey}; name the record in a {@link dev.mige4j.train.config.ComponentProvider};
 * select it with {@code "initialization": {"type": NAME}}. {@link FreshInitialization} is an example.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface Initialization {

    /**
     * Loads the initial model.
     *
     * @param model sizes of the model to train; null: those of a pretrained model
     * @param folder the training's folder, to which paths are relative
     * @param seed of random initial values
     * @throws dev.mige4j.common.UsageException when {@code model} is null but needed, or files are missing
     */
    InitialModel load(ModelConfig model, Path folder, long seed);
}

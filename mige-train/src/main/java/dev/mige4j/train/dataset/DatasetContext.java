package dev.mige4j.train.dataset;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.task.Task;
import dev.mige4j.text.Prompt;
import dev.mige4j.text.Tokenizer;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * The training for which a dataset is opened.
 *
 * @param model the model that is trained
 * @param tokenizer its tokenizer
 * @param seed the seed of the training
 * @param folder the training's folder, to which paths in the configuration are relative
 * @param corpus opens the synthetic corpus at the model's image size
 */
public record DatasetContext(ModelConfig model, Tokenizer tokenizer, long seed, Path folder, Supplier<Corpus> corpus) {

    /** The prompt of a task as the pipeline prepares it for inference, shortened to the model's length. */
    public Prompt prompt(Task task) {
        return fit(model.prompts().defaultPrompt(task));
    }

    /** A prompt shortened to the model's length. */
    public Prompt fit(Prompt prompt) {
        return prompt.truncate(
                text -> tokenizer.encode(text).length,
                model.encoder().qFormer().numQueries(),
                model.encoder().maxLength());
    }

    /** A path of the configuration. */
    public Path resolve(String relative) {
        return folder.resolve(relative).normalize();
    }
}

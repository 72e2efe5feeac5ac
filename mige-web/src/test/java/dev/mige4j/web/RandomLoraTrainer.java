package dev.mige4j.web;

import dev.mige4j.common.CancelledException;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Takes the time that it is given and stores a LoRA with random values, which changes what the model makes. The name
 * "blank" makes it report that it found no subject.
 *
 * @param folder of the LoRAs
 * @param model whose first block is adapted
 * @param modelHash of that model
 */
record RandomLoraTrainer(Path folder, ModelConfig model, String modelHash) implements LoraTrainer {

    private static final int RANK = 4, STEP_MILLIS = 100;

    @Override
    public boolean exists(String name) {
        return Files.exists(fileOf(name));
    }

    private Path fileOf(String name) {
        return folder.resolve(name + LoraFile.ENDING);
    }

    @Override
    public List<String> train(Subject subject, Duration budget, Listener listener) {
        if (subject.name().equals("blank")) throw new UsageException("No subject was found in the images.");
        Image preview = subject.images().values().iterator().next();
        for (long time = 0; time <= budget.toMillis(); time += STEP_MILLIS) {
            Progress progress = new Progress(
                    "training",
                    (double) time / budget.toMillis(),
                    Optional.of(budget.minusMillis(time)),
                    time == STEP_MILLIS ? Optional.of(preview) : Optional.empty());
            if (!listener.onProgress(progress)) throw new CancelledException("cancelled after %d ms", time);
            sleep();
        }
        int width = model.denoiser().hiddenSize();
        Scope.scoped(() -> LoraFile.write(
                fileOf(subject.name()),
                new LoraMetadata(new LoraConfig(RANK, RANK, List.of("attn.qkv")), modelHash, subject.name()),
                Map.of(
                        "blocks.0.attn.qkv",
                        new LoraAdapter(
                                Rng.forName(7, "A").normal(RANK, width),
                                Rng.forName(7, "B").normal(3L * width, RANK),
                                1))));
        return subject.masks().isEmpty()
                ? List.of()
                : List.of(
                        "The training used %d masks.".formatted(subject.masks().size()));
    }

    private static void sleep() {
        try {
            Thread.sleep(STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package mige.web;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import mige.image.Picture;
import mige.pipeline.Recipe;
import mige.pipeline.Settings;
import mige.task.Instruction;
import mige.task.InstructionEdit;
import mige.task.SubjectGeneration;
import mige.task.Task;

/** The answers of OpenAI's images API, with a few honest fields more; the official clients read them. */
final class Images {

    /** Answer of {@code /v1/images/...}; seed, notices and recipes are ours. */
    @JsonNaming(SnakeCaseStrategy.class)
    record Made(long created, List<Datum> data, String outputFormat, long seed, List<String> notices) {
        @JsonNaming(SnakeCaseStrategy.class)
        record Datum(String b64Json, Recipe recipe) {}
    }

    record ModelList(String object, List<About> data) {}

    /** A model; what stands under {@code mige} is ours. */
    @JsonNaming(SnakeCaseStrategy.class)
    record About(String id, String object, long created, String ownedBy, Facts mige) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record Facts(String hash, int size, int pictures, Map<String, Defaults> defaults, Bounds limits) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record Defaults(Integer steps, Double guidance, Double imageGuidance) {}

    @JsonNaming(SnakeCaseStrategy.class)
    record Bounds(int n, int steps, int bodyBytes, long pixels, long keepSeconds) {}

    private final Jobs jobs;
    private final About about;

    Images(Jobs jobs, Model model, Limits limits, long started) {
        this.jobs = jobs;
        Picture dot = Picture.filled(1, 1, 0);
        var facts = new Facts(model.hash(), model.size(), Instruction.MAX_PICTURES,
                Map.of("generation", defaults(model, new SubjectGeneration(Instruction.of("a dot"))),
                        "edit", defaults(model, new InstructionEdit(Instruction.of("a dot"), dot))),
                new Bounds(limits.count(), limits.steps(), limits.body(), limits.pixels(), limits.keepTime().toSeconds()));
        about = new About(model.name(), "model", started, "mige4j", facts);
    }

    private static Defaults defaults(Model model, Task task) {
        Settings settings = model.resolve(Settings.DEFAULT, task);
        return new Defaults(settings.steps().isPresent() ? settings.steps().getAsInt() : null,
                settings.guidance().isPresent() ? settings.guidance().getAsDouble() : null,
                settings.imageGuidance().isPresent() ? settings.imageGuidance().getAsDouble() : null);
    }

    ModelList models() {
        return new ModelList("list", List.of(about));
    }

    About model(String name) {
        if (!name.equals(about.id())) throw ApiException.of(404, "model_not_found", "There is no model '%s' here; the model is '%s'.", Form.shown(name), about.id());
        return about;
    }

    /** Waits for its turn, makes the pictures, answers with all of them. */
    Made make(Order order) throws InterruptedException {
        Job job = jobs.submit(order);
        Job.Now made = job.join();
        jobs.drop(job);                     // nobody else knows its id
        Optional.ofNullable(made.failure()).ifPresent(failure -> {
            throw failure;
        });
        List<Made.Datum> data = new ArrayList<>();
        for (int i = 0; i < made.result().files().size(); i++)
            data.add(new Made.Datum(Base64.getEncoder().encodeToString(made.result().files().get(i)), made.result().recipes().get(i)));
        return new Made(System.currentTimeMillis() / 1000, data, "png", made.result().seed(), made.result().notices());
    }
}

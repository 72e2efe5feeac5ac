package dev.mige4j.pipeline;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import dev.mige4j.image.ImageSize;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.SubjectGeneration;
import dev.mige4j.task.Task;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The inputs and settings that reproduce one image; stored as JSON in its PNG, JPEG or WebP file. There, the keys of
 * {@code images} and {@code source} are {@code pictures} and {@code canvas}, as in earlier releases.
 *
 * @param task {@code subject}, {@code edit} or {@code subject_edit}
 * @param instruction the text with {@code <imagehere>} placeholders
 * @param images SHA-256 of the pixels of each image of the instruction, in the order of the placeholders
 * @param source SHA-256 of the pixels of the source image; empty for a new image
 * @param model name of the model
 * @param modelHash {@link Mige#modelHash()}
 * @param seed seed of the request
 * @param index position of the image in its request, from 0
 * @param steps solver steps
 * @param guidance text guidance scale
 * @param imageGuidance image guidance scale
 * @param region {@code everywhere}, {@code auto} or {@code mask:} and the SHA-256 of the mask's pixels
 * @param size the size that was asked, such as {@code 1024x1536}; empty, and left out of the JSON, if none was
 * @param faithful whether the reference's inference programs were reproduced
 * @param fast whether the model's fast sampling was used; left out of the JSON when false, as in earlier releases
 * @param loras the LoRAs of the model, in their order; left out of the JSON when there were none, as in earlier
 *     releases
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Recipe(
        String task,
        String instruction,
        @JsonAlias("pictures") List<String> images,
        @JsonAlias("canvas") String source,
        String model,
        String modelHash,
        long seed,
        int index,
        int steps,
        double guidance,
        double imageGuidance,
        String region,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String size,
        boolean faithful,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean fast,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<LoraReference> loras) {

    /**
     * A LoRA that was used.
     *
     * @param name of its file, without ending
     * @param sha256 of its file
     * @param scale how strongly it acted
     */
    public record LoraReference(String name, String sha256, double scale) {
        static List<LoraReference> of(List<Lora> loras) {
            return loras.stream()
                    .map(lora -> new LoraReference(lora.name(), lora.file().sha256(), lora.scale()))
                    .toList();
        }
    }

    /** Keyword of the text in an image file that holds the recipe as JSON. */
    public static final String TEXT_KEY = "mige-recipe";

    private static final ObjectMapper FILE_MAPPER = Json.MAPPER.copy().addMixIn(Recipe.class, FileKeys.class);

    public Recipe {
        size = size == null ? "" : size;
        loras = loras == null ? List.of() : List.copyOf(loras);
    }

    /** @param settings resolved */
    static Recipe of(Task task, Settings settings, int index, String model, String modelHash, List<Lora> loras) {
        return new Recipe(
                taskName(task),
                task.instruction().text(),
                task.instruction().images().stream().map(Image::sha256).toList(),
                task.source().map(Image::sha256).orElse(""),
                model,
                modelHash,
                settings.seed(),
                index,
                settings.steps().getAsInt(),
                settings.guidance().getAsDouble(),
                settings.imageGuidance().getAsDouble(),
                describe(settings.region().orElseThrow()),
                settings.size().map(ImageSize::toString).orElse(""),
                settings.faithful(),
                settings.fast(),
                LoraReference.of(loras));
    }

    private static String taskName(Task task) {
        if (task instanceof SubjectGeneration) return "subject";
        return task instanceof InstructionEdit ? "edit" : "subject_edit";
    }

    /** What a recipe contains as its {@link #region}. */
    public static String describe(Region region) {
        if (region instanceof Region.Mask mask) return "mask:" + mask.mask().sha256();
        return region instanceof Region.Auto ? "auto" : "everywhere";
    }

    /** The texts of an image file, by keyword: the recipe as JSON, and the instruction as the file's description. */
    public Map<String, String> toPngText() {
        Map<String, String> text = new LinkedHashMap<>();
        text.put("Software", "mige4j");
        text.put("Description", instruction);
        text.put(TEXT_KEY, toJson());
        return text;
    }

    /** The JSON that image files contain. */
    public String toJson() {
        try {
            return FILE_MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The keys of the file format. */
    @SuppressWarnings("UnusedVariable") // read by Jackson
    private abstract static class FileKeys {
        @JsonProperty("pictures")
        List<String> images;

        @JsonProperty("canvas")
        String source;
    }

    /**
     * Reads the recipe of an image file.
     *
     * @throws UsageException when the file is not an image or has no valid recipe
     */
    public static Recipe read(Path file) {
        return fromPngText(ImageFile.textChunks(UsageException.requireNonNull(file, "file")));
    }

    /** Reads the recipe of an image file's bytes; {@code name} identifies it in error messages. */
    public static Recipe read(byte[] file, String name) {
        return fromPngText(ImageFile.textChunks(UsageException.requireNonNull(file, "file"), name));
    }

    /** Reads the recipe from the texts of an image file. */
    public static Recipe fromPngText(Map<String, String> text) {
        String json = text.get(TEXT_KEY);
        if (json == null) throw new UsageException("The image has no recipe; only files that mige4j saved have one.");
        return fromJson(json);
    }

    /**
     * Reads what {@link #toJson} wrote, or JSON with the names of the components.
     *
     * @throws UsageException when it is not JSON, or a value is missing
     */
    public static Recipe fromJson(String json) {
        try {
            Recipe recipe = Json.MAPPER.readValue(json, Recipe.class);
            if (recipe != null && hasAllValues(recipe)) return recipe;
        } catch (JsonProcessingException e) {
            throw new UsageException("The recipe in the image cannot be read: %s", e.getOriginalMessage(), e);
        }
        throw new UsageException("The recipe in the image cannot be read: values are missing.");
    }

    private static boolean hasAllValues(Recipe recipe) {
        Stream<Object> values = Stream.of(
                recipe.task,
                recipe.instruction,
                recipe.images,
                recipe.source,
                recipe.model,
                recipe.modelHash,
                recipe.region);
        return values.allMatch(Objects::nonNull)
                && recipe.images.stream().allMatch(Objects::nonNull)
                && recipe.loras.stream().allMatch(lora -> lora.name != null && lora.sha256 != null);
    }
}

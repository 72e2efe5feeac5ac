package dev.mige4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mige4j.common.Json;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {

    private static final Recipe RECIPE = new Recipe(
            "edit",
            "make <imagehere> dark",
            List.of("ab"),
            "ab",
            "nano",
            "0123456789abcdef",
            7,
            1,
            20,
            1.5,
            1,
            "auto",
            "",
            false,
            false,
            List.of());

    /** The keys are part of the PNG files that users have. */
    private static final String JSON =
            "{\"task\":\"edit\",\"instruction\":\"make <imagehere> dark\",\"pictures\":[\"ab\"],"
                    + "\"canvas\":\"ab\",\"model\":\"nano\",\"modelHash\":\"0123456789abcdef\",\"seed\":7,\"index\":1,"
                    + "\"steps\":20,\"guidance\":1.5,\"imageGuidance\":1.0,\"region\":\"auto\",\"faithful\":false}";

    @TempDir
    Path folder;

    @Test
    void keepsItsJsonFormat() {
        assertEquals(JSON, RECIPE.toPngText().get(Recipe.TEXT_KEY));
        assertEquals(RECIPE, Recipe.fromPngText(Map.of(Recipe.TEXT_KEY, JSON)));
    }

    @Test
    void otherJsonHasTheNamesOfTheComponents() {
        String json = Json.write(RECIPE);
        assertEquals(JSON.replace("pictures", "images").replace("canvas", "source"), json);
        assertEquals(RECIPE, Recipe.fromJson(json));
    }

    @Test
    void namesFastSamplingOnlyWhereItWasUsed() {
        String fastJson = JSON.replace("\"faithful\":false", "\"faithful\":false,\"fast\":true");
        Recipe fast = Recipe.fromPngText(Map.of(Recipe.TEXT_KEY, fastJson));
        assertTrue(fast.fast());
        assertEquals(fastJson, fast.toPngText().get(Recipe.TEXT_KEY));
    }

    @Test
    void namesTheSizeOnlyWhereOneWasAsked() {
        String sizedJson = JSON.replace("\"region\":\"auto\"", "\"region\":\"auto\",\"size\":\"64x96\"");
        Recipe sized = Recipe.fromPngText(Map.of(Recipe.TEXT_KEY, sizedJson));
        assertEquals("64x96", sized.size());
        assertEquals(sizedJson, sized.toPngText().get(Recipe.TEXT_KEY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"image.png", "image.jpg", "image.webp"})
    void isReadFromASavedImage(String name) {
        Path file = folder.resolve("new/folder").resolve(name);
        new GeneratedImage(Image.filled(4, 4, 0x808080), RECIPE, List.of()).save(file, Map.of("further", "text"));
        assertEquals(RECIPE, Recipe.read(file));
        assertEquals("text", ImageFile.textChunks(file).get("further"));
        assertEquals(Image.filled(4, 4, 0x808080), Image.read(file));
    }

    @Test
    void encodesThePngInMemory() {
        GeneratedImage image = new GeneratedImage(Image.filled(4, 4, 0x123456), RECIPE, List.of());
        assertEquals(RECIPE, Recipe.read(image.toPng(), "image"));
        assertEquals(7, image.seed());
        assertEquals(1, image.index());
    }

    @Test
    void imagesWithoutARecipeAreRefused() {
        byte[] png = Image.filled(4, 4, 0).toPng(Map.of());
        assertEquals(
                "The image has no recipe; only files that mige4j saved have one.",
                assertThrows(UsageException.class, () -> Recipe.read(png, "image"))
                        .getMessage());
    }

    @Test
    void invalidRecipesAreRefused() {
        String message = assertThrows(
                        UsageException.class, () -> Recipe.fromPngText(Map.of(Recipe.TEXT_KEY, "{\"seed\":\"x\"}")))
                .getMessage();
        assertEquals("The recipe in the image cannot be read: ", message.substring(0, message.indexOf("Cannot")));
    }
}

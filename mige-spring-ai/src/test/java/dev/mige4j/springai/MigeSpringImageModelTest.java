package dev.mige4j.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.image.ImageSize;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.pipeline.Recipe;
import dev.mige4j.pipeline.Region;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.tensor.Rng;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraFile;
import dev.mige4j.weights.lora.LoraMetadata;
import java.net.URI;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageGeneration;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImageOptions;
import org.springframework.ai.image.ImageOptionsBuilder;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.util.MimeTypeUtils;

/** The adapter through Spring AI's own interface, with a tiny random model. */
class MigeSpringImageModelTest {

    static Mige mige;

    final ImageModel model = new MigeSpringImageModel(mige);
    final Image room = Image.filled(50, 40, 0x2060a0).paste(Image.filled(20, 20, 0xf0f0f0), 5, 5);
    final Image dog = Image.filled(30, 30, 0x804020);

    @BeforeAll
    static void openModel() {
        mige = Mige.random(1);
    }

    @AfterAll
    static void closeModel() {
        mige.close();
    }

    private static byte[] png(ImageGeneration generation) {
        return Base64.getDecoder().decode(generation.getOutput().getB64Json());
    }

    private static Image decode(ImageGeneration generation) {
        return Image.read(png(generation), "result");
    }

    private static ImageMessage message(String text, Image... images) {
        List<Media> media = List.of(images).stream()
                .map(image -> Media.builder()
                        .mimeType(MimeTypeUtils.IMAGE_PNG)
                        .data(image.toPng(Map.of()))
                        .name("image")
                        .build())
                .toList();
        return new ImageMessage(text, null, media, Map.of());
    }

    private String errorOf(String prompt, ImageOptions options) {
        return assertThrows(UsageException.class, () -> model.call(new ImagePrompt(prompt, options)))
                .getMessage();
    }

    /** A LoRA file whose effect is visible. */
    private static Lora lora(Path folder) {
        LoraConfig config = new LoraConfig(2, 2, List.of("attn.qkv"));
        Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
        config.init(ModelNetworks.linearLayers(mige.config()), 1)
                .forEach((module, adapter) -> adapters.put(
                        module,
                        new LoraAdapter(
                                adapter.a(),
                                Rng.forName(1, module).normal(adapter.outFeatures(), 2),
                                adapter.scale())));
        Path file = folder.resolve("my-mug.safetensors");
        LoraFile.write(file, new LoraMetadata(config, "", ""), adapters);
        return Lora.of(file);
    }

    @Test
    void appliesTheLorasOfTheOptions(@TempDir Path folder) {
        MigeImageOptions options = MigeImageOptions.of(Settings.DEFAULT);
        ImageGeneration plain = model.call(new ImagePrompt("a tree", options)).getResult();
        ImageGeneration result = model.call(new ImagePrompt(
                        "a tree", options.withLoras(List.of(lora(folder).withScale(0.5)))))
                .getResult();
        assertNotEquals(decode(plain), decode(result));
        Recipe.LoraReference used = Recipe.read(png(result), "result").loras().get(0);
        assertEquals("my-mug 0.5", used.name() + " " + used.scale());
        assertEquals(
                decode(plain),
                decode(model.call(new ImagePrompt("a tree", options)).getResult()));
    }

    @Test
    void generatesPngWithEmbeddedRecipe() {
        ImageGeneration result = model.call(new ImagePrompt("a tree")).getResult();
        assertEquals(mige.imageSize(), decode(result).width());
        Recipe recipe = Recipe.read(png(result), "result");
        assertEquals("a tree", recipe.instruction());
        assertEquals(new MigeImageMetadata(recipe), result.getMetadata());
    }

    @Test
    void generatesRequestedNumberOfImages() {
        ImageOptions two = ImageOptionsBuilder.builder().n(2).build();
        List<ImageGeneration> results =
                model.call(new ImagePrompt("a tree", two)).getResults();
        assertEquals(2, results.size());
        assertNotEquals(decode(results.get(0)), decode(results.get(1)));
    }

    @Test
    void usesTheSettingsOfItsOwnOptions() {
        MigeImageOptions options =
                MigeImageOptions.of(Settings.DEFAULT.withSeed(7).withSteps(3).withCount(2));
        List<ImageGeneration> results =
                model.call(new ImagePrompt("a tree", options)).getResults();
        Recipe recipe = Recipe.read(png(results.get(1)), "result");
        assertEquals(7, recipe.seed());
        assertEquals(1, recipe.index());
        assertEquals(3, recipe.steps());
    }

    @Test
    void usesTheDefaultSettingsOtherwise() {
        ImageModel seeded = new MigeSpringImageModel(mige, Settings.DEFAULT.withSeed(9));
        assertEquals(
                9,
                Recipe.read(png(seeded.call(new ImagePrompt("a tree")).getResult()), "result")
                        .seed());
    }

    @Test
    void mediaAreTheImagesOfTheInstruction() {
        ImageGeneration result = model.call(new ImagePrompt(message("a <image> on the beach", dog), null))
                .getResult();
        assertEquals(1, Recipe.read(png(result), "result").images().size());
    }

    @Test
    void editKeepsSourceSize() {
        MigeImageOptions options = MigeImageOptions.of(Settings.DEFAULT).withSource(room);
        Image result =
                decode(model.call(new ImagePrompt("make <image> dark", options)).getResult());
        assertEquals("50 x 40", result.width() + " x " + result.height());
    }

    @Test
    void editsWithReferenceImages() {
        MigeImageOptions options = MigeImageOptions.of(Settings.DEFAULT).withSource(room);
        ImageGeneration result = model.call(new ImagePrompt(message("put <image> into <image>", dog, room), options))
                .getResult();
        assertEquals("subject_edit", Recipe.read(png(result), "result").task());
    }

    @Test
    void maskLimitsTheEdit() {
        Image mask = Image.filled(50, 40, 0).paste(Image.filled(20, 40, 0xffffff), 0, 0);
        MigeImageOptions options = MigeImageOptions.of(Settings.DEFAULT.withRegion(Region.mask(mask)))
                .withSource(room);
        Image result =
                decode(model.call(new ImagePrompt("make it dark", options)).getResult());
        assertEquals(room.crop(22, 0, 28, 40), result.crop(22, 0, 28, 40));
        assertNotEquals(room.crop(0, 0, 18, 40), result.crop(0, 0, 18, 40));
    }

    @Test
    void reportsNoticesInTheMetadata() {
        var response = model.call(new ImagePrompt("word ".repeat(200)));
        assertEquals(
                1, response.getMetadata().<List<String>>getRequired("notices").size());
    }

    @Test
    void acceptsOptionsThatMatchTheModel() {
        int size = mige.imageSize();
        ImageOptions options = ImageOptionsBuilder.builder()
                .model("tiny")
                .width(size)
                .height(size)
                .responseFormat("b64_json")
                .build();
        assertEquals(
                size,
                decode(model.call(new ImagePrompt("a tree", options)).getResult())
                        .width());
    }

    @Test
    void resultsHaveTheSizeOfTheOptions() {
        var options = ImageOptionsBuilder.builder().width(96).height(64).build();
        Image image = decode(model.call(new ImagePrompt("a tree", options)).getResult());
        assertEquals("96 x 64", image.width() + " x " + image.height());
        var migeOptions = MigeImageOptions.of(Settings.DEFAULT.withSize(new ImageSize(96, 64)));
        assertEquals(96, migeOptions.getWidth());
        assertEquals(
                image, decode(model.call(new ImagePrompt("a tree", migeOptions)).getResult()));
    }

    @Test
    void refusesOptionsThatTheModelDoesNotHave() {
        assertEquals(
                "The width is 512, but there is no height; set both.",
                errorOf("a tree", ImageOptionsBuilder.builder().width(512).build()));
        assertEquals(
                "The model 'dall-e-3' is not supported; it is always tiny.",
                errorOf(
                        "a tree",
                        ImageOptionsBuilder.builder().model("dall-e-3").build()));
        assertEquals(
                "The response format 'url' is not supported; it is always b64_json.",
                errorOf(
                        "a tree",
                        ImageOptionsBuilder.builder().responseFormat("url").build()));
        assertEquals(
                "The style option is not supported; describe the style in the instruction.",
                errorOf("a tree", ImageOptionsBuilder.builder().style("vivid").build()));
        assertEquals(
                "The number of images is 0, expected 1 to 64.",
                errorOf("a tree", ImageOptionsBuilder.builder().n(0).build()));
    }

    @Test
    void refusesSeveralMessagesAndWeights() {
        ImagePrompt two = new ImagePrompt(List.of(message("a tree"), message("a dog")));
        assertEquals(
                "The prompt has 2 messages, expected 1.",
                assertThrows(UsageException.class, () -> model.call(two)).getMessage());
        ImagePrompt weighted = new ImagePrompt(new ImageMessage("a tree", 0.5f), null);
        assertEquals(
                "The message has weight 0.5, but weights are not supported.",
                assertThrows(UsageException.class, () -> model.call(weighted)).getMessage());
    }

    @Test
    void doesNotFetchUrls() {
        Media remote = new Media(MimeTypeUtils.IMAGE_PNG, URI.create("https://example.org/dog.png"));
        ImageMessage message = new ImageMessage("a <image>", null, List.of(remote), Map.of());
        assertEquals(
                "The medium 'https://example.org/dog.png' is an address, which is not fetched; "
                        + "pass the bytes of the image.",
                assertThrows(UsageException.class, () -> model.call(new ImagePrompt(message, null)))
                        .getMessage());
    }
}

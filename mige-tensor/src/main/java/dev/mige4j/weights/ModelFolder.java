package dev.mige4j.weights;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * File layout of a converted model.
 *
 * <pre>
 *   config.json             configuration of all components
 *   encoder.safetensors     image encoder, Q-Former, feature fusion, projection
 *   t5.safetensors          text encoder
 *   denoiser.safetensors    diffusion transformer
 *   vae.safetensors         autoencoder
 *   spiece.model            tokenizer
 *   domain.json             what a small model was trained on; may be missing
 * </pre>
 */
public final class ModelFolder {

    /** Names of the files. */
    public static final String CONFIG = "config.json",
            ENCODER = "encoder.safetensors",
            T5 = "t5.safetensors",
            DENOISER = "denoiser.safetensors",
            AUTOENCODER = "vae.safetensors",
            TOKENIZER = "spiece.model";

    /** In the metadata of a weights file: the LoRAs that were merged into it, as in recipes. */
    public static final String MERGED_LORAS = "mige.merged";

    /** All files. */
    public static final List<String> FILES = List.of(CONFIG, ENCODER, T5, DENOISER, AUTOENCODER, TOKENIZER);

    private static final List<String> ENCODER_PREFIXES =
            List.of("visual_encoder.", "ln_vision.", "query_tokens", "Qformer.", "FFM.", "t5_proj.");

    private ModelFolder() {}

    /** Whether the path is a folder with all files of a converted model; they are not opened. */
    public static boolean isOne(Path folder) {
        return FILES.stream().allMatch(name -> Files.isRegularFile(folder.resolve(name)));
    }

    /** The file of a key of the model; all keys of the autoencoder are in {@link #AUTOENCODER}. */
    public static String fileOf(String key) {
        if (key.startsWith("t5_model.")) return T5;
        return ENCODER_PREFIXES.stream().anyMatch(key::startsWith) ? ENCODER : DENOISER;
    }

    /** Whether a tensor of the model is needed only to encode instructions. */
    public static boolean isOfEncoder(String key) {
        return !fileOf(key).equals(DENOISER);
    }

    /** The tensors by file, files in the order above. */
    public static Map<String, Map<String, ShapeRecorder.TensorSpec>> groupByFile(
            Map<String, ShapeRecorder.TensorSpec> model, Map<String, ShapeRecorder.TensorSpec> autoencoder) {
        Map<String, Map<String, ShapeRecorder.TensorSpec>> files = new LinkedHashMap<>();
        for (String file : List.of(ENCODER, T5, DENOISER)) files.put(file, new LinkedHashMap<>());
        model.forEach((key, spec) -> files.get(fileOf(key)).put(key, spec));
        files.put(AUTOENCODER, autoencoder);
        files.values().removeIf(Map::isEmpty);
        return files;
    }
}

package dev.mige4j.eval.embedding;

import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.conversion.TorchArchive;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Writes small CLIP models of the hub and of OpenAI. */
final class ClipFiles {

    /** Sizes that OpenAI's state dicts can have: heads are 64 wide. */
    static final ClipConfig SIZES = new ClipConfig(
            new ClipConfig.Tower(64, 24, 2, 1, 1e-5),
            16,
            8,
            new ClipConfig.Tower(64, 20, 1, 1, 1e-5),
            50,
            9,
            ClipConfig.LARGEST_ID,
            12);

    /** The {@code config.json} of {@link #SIZES}, without what is the default. */
    static final String CONFIG = """
            {"model_type": "clip", "projection_dim": 12, "text_config_dict": null,
             "vision_config": {"hidden_size": 64, "intermediate_size": 24, "num_hidden_layers": 2, "image_size": 16,
               "patch_size": 8, "num_attention_heads": 1, "dropout": 0.0},
             "text_config": {"hidden_size": 64, "intermediate_size": 20, "num_hidden_layers": 1, "vocab_size": 50,
               "max_position_embeddings": 9, "num_attention_heads": 1, "eos_token_id": null}}
            """;

    private ClipFiles() {}

    /** Random weights by the keys of the hub. */
    static Map<String, Tensor> hub(ClipConfig sizes, long seed) {
        Map<String, Tensor> weights = new TreeMap<>();
        new OpenAiClip(sizes, Weights.random(seed).recordingInto(weights));
        return weights;
    }

    /** The same weights by OpenAI's names. */
    static Map<String, Tensor> openAi(Map<String, Tensor> hub) {
        Map<String, Tensor> stateDict = new TreeMap<>();
        Weights views = OpenAiClipWeights.of(Weights.fresh(0).recordingInto(stateDict));
        hub.forEach((key, tensor) -> views.get(key, Init.ZEROS, tensor.shape()).copy_(tensor));
        return stateDict;
    }

    static Path writeHub(Path folder, String config, Map<String, Tensor> weights) throws IOException {
        Files.createDirectories(folder);
        if (config != null) Files.writeString(folder.resolve("config.json"), config);
        SafeTensors.write(folder.resolve("model.safetensors"), Map.of("format", "pt"), weights);
        return folder;
    }

    /** A TorchScript archive with float16 matrices, as {@code ViT-B-32.pt}. */
    static Path writeScript(Path file, Map<String, Tensor> stateDict) throws IOException {
        return write(file, archive(stateDict).asScript());
    }

    /** A file of {@code torch.save}. */
    static Path writeStateDict(Path file, Map<String, Tensor> stateDict) throws IOException {
        return write(file, archive(stateDict));
    }

    private static TorchArchive archive(Map<String, Tensor> stateDict) {
        TorchArchive archive = new TorchArchive();
        stateDict.forEach((name, tensor) -> {
            DType dtype = tensor.dim() > 1 && !name.contains("embedding") ? DType.F16 : tensor.dtype();
            archive.add("", name, dtype, tensor.shape(), tensor.to(dtype).toByteArray());
        });
        return archive;
    }

    private static Path write(Path file, TorchArchive archive) throws IOException {
        try (InputStream content = archive.content().open()) {
            Files.copy(content, file);
        }
        return file;
    }
}

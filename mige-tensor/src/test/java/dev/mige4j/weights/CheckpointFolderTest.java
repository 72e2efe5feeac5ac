package dev.mige4j.weights;

import static dev.mige4j.weights.WeightFiles.assertWeightsException;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointFolderTest {

    @TempDir
    Path folder;

    private void create(String... names) throws IOException {
        for (String name : names) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "");
        }
    }

    private List<String> found() {
        return Checkpoint.weightFiles(folder).stream()
                .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "model.safetensors model.fp16.safetensors  > model.safetensors",
                "model.fp16.safetensors  > model.fp16.safetensors",
                "model.fp16.safetensors model.bf16.safetensors  > model.bf16.safetensors",
                "model.fp16.safetensors pytorch_model.bin  > pytorch_model.bin",
                "model.safetensors pytorch_model.bin  > model.safetensors",
                "model.non_ema.safetensors model.fp16.safetensors  > model.fp16.safetensors",
                "model.fp16-00001-of-00001.safetensors model.safetensors  > model.safetensors",
                "model-00001-of-00001.fp16.safetensors  > model-00001-of-00001.fp16.safetensors",
                "MODEL.SAFETENSORS  > MODEL.SAFETENSORS",
                "Model.FP16.SafeTensors Model.SafeTensors  > Model.SafeTensors",
                "last.ckpt  > last.ckpt",
                "model.v2.safetensors  > model.v2.safetensors",
                "pytorch_model.bin optimizer.bin scheduler.bin training_args.bin  > pytorch_model.bin",
                "mp_rank_00_model_states.pt zero_pp_rank_0_mp_rank_00_optim_states.pt > mp_rank_00_model_states.pt",
                "model_index.json vae/model.safetensors  > vae/model.safetensors",
                "refs/main snapshots/0123/model.safetensors  > snapshots/0123/model.safetensors",
                "a.safetensors vae/b.safetensors  > a.safetensors",
                ".hidden.safetensors .cache/b.safetensors c/d.pth  > c/d.pth"
            })
    void findsTheFilesOfAFolder(String names, String expected) throws IOException {
        create(names.strip().split("\\s+"));
        assertEquals(List.of(expected.strip()), found());
    }

    @ParameterizedTest
    @CsvSource({
        "model.safetensors.index.fp16.json, model.fp16-0000%d-of-00002.safetensors",
        "model.safetensors.index.fp16.json, model-0000%d-of-00002.fp16.safetensors",
        "model.fp16.safetensors.index.json, model.fp16-0000%d-of-00002.safetensors",
        "pytorch_model.bin.index.json, pytorch_model-0000%d-of-00002.bin"
    })
    void findsTheShardsOfAnIndex(String index, String shard) throws IOException {
        create(shard.formatted(1), shard.formatted(2));
        Files.writeString(
                folder.resolve(index),
                "{\"weight_map\": {\"a\": \"" + shard.formatted(1) + "\", \"b\": \"" + shard.formatted(2) + "\"}}");
        assertEquals(List.of(shard.formatted(1), shard.formatted(2)), found());
        if (!index.contains("fp16")) return;
        create("model.safetensors");
        assertEquals(List.of("model.safetensors"), found());
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertWeightsException("has no weight files, expected .safetensors, .bin, .pth, .pt or .ckpt.", this::found);
        create("flax_model.msgpack");
        assertWeightsException("; it has flax_model.msgpack, which cannot be read.", this::found);
        create("vae/a.safetensors", "unet/b.safetensors");
        assertWeightsException("has weights in the folders unet, vae; specify one of them.", this::found);
        create("model-00001-of-00003.safetensors", "model-00003-of-00003.safetensors");
        assertWeightsException("has 2 of the 3 files ...-of-00003; download the others, too.", this::found);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 12345\n");
        assertWeightsException(
                "is a Git LFS pointer to the file of 12.3 kB, expected an index of shards; run `git lfs pull`",
                this::found);
    }
}

package dev.mige4j.pipeline;

import dev.mige4j.common.Sha256;
import dev.mige4j.common.WeightsException;
import dev.mige4j.tensor.DType;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.format.Int8Quantization;
import dev.mige4j.weights.format.SafeTensors;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Identifies what a LoRA was trained on: the weights of a model, in whatever types its files store them. Conversions of
 * one model to float32, bfloat16 and int8 have the same fingerprint; a model into which LoRAs were merged has another.
 *
 * <p>It is taken from the small tensors that no conversion quantizes, such as biases and norms, rounded to bfloat16.
 */
public final class ModelFingerprint {

    private static final long MAX_NUMEL = 1 << 16;

    private ModelFingerprint() {}

    /**
     * The fingerprint of a model folder: 16 hexadecimal digits of a SHA-256.
     *
     * @throws WeightsException when the folder is not that of a model
     */
    public static String of(Path folder) {
        List<TensorFile> files = new ArrayList<>();
        try {
            for (Path file : Checkpoint.weightFiles(folder)) files.add(SafeTensors.open(file));
            return of(files);
        } finally {
            files.forEach(TensorFile::close);
        }
    }

    /** The same of open files. */
    static String of(Collection<TensorFile> files) {
        Map<String, TensorFile> fileOfTensor = new TreeMap<>();
        Set<String> merged = new TreeSet<>();
        for (TensorFile file : files) {
            file.tensorInfos().forEach((name, info) -> {
                if (isKept(info)) fileOfTensor.put(name, file);
            });
            String loras = file.metadata().get(ModelFolder.MERGED_LORAS);
            if (loras != null) merged.add(loras);
        }
        MessageDigest digest = Sha256.newDigest();
        fileOfTensor.forEach((name, file) -> {
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            update(digest, file, file.tensorInfo(name));
        });
        merged.forEach(loras -> digest.update(loras.getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    }

    private static void update(MessageDigest digest, TensorFile file, TensorInfo info) {
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        try {
            file.copyTo(info, DType.BF16, Channels.newChannel(values));
        } catch (IOException e) {
            throw TensorFile.readFailed(file.path(), e);
        }
        digest.update(values.toByteArray());
    }

    /** Whether every conversion keeps the tensor as it is, but for rounding. */
    private static boolean isKept(TensorInfo info) {
        return info.dtype().isFloatingPoint()
                && info.numel() <= MAX_NUMEL
                && !Int8Quantization.isScale(info.name())
                && !(info.shape().length == 2 && info.name().endsWith("weight"));
    }
}

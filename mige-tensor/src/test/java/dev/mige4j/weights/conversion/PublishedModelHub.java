package dev.mige4j.weights.conversion;

import dev.mige4j.tensor.DType;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.format.TensorInfo;
import dev.mige4j.weights.hub.LocalHub;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Serves a model folder as the published repository, with a {@code model.pth} of the same weights that needs no space;
 * {@code bench/published-model.sh} runs it. Each request of {@code model.pth} is cut off after 2 GB.
 */
public final class PublishedModelHub {

    private static final long OPTIMIZER_NUMEL = 610_000_000; // of the denoiser: two float32 moments, 4.9 GB

    private PublishedModelHub() {}

    /** @param args the model folder in bfloat16, then {@code bf16}, {@code f32} or {@code optimizer} */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path folder = Path.of(args[0]);
        DType dtype = args[1].equals("bf16") ? DType.BF16 : DType.F32;
        boolean optimizer = args[1].equals("optimizer");
        TorchArchive archive = new TorchArchive();
        for (String name : List.of(ModelFolder.ENCODER, ModelFolder.T5, ModelFolder.DENOISER)) {
            TensorFile file = Checkpoint.openFile(folder.resolve(name));
            for (TensorInfo info : file.tensorInfos().values()) {
                TorchArchive.Bytes bytes = (offset, target, start, length) ->
                        read(file, info.offset(), dtype, offset, target, start, length);
                archive.add(
                        optimizer ? "state_dict" : "",
                        info.name(),
                        dtype,
                        info.shape(),
                        bytes,
                        crc(bytes, info.numel() * dtype.elementSize()));
            }
        }
        if (optimizer)
            for (String moment : List.of("exp_avg", "exp_avg_sq"))
                archive.add(
                        "optimizer",
                        moment,
                        DType.F32,
                        new long[] {OPTIMIZER_NUMEL},
                        (offset, target, start, length) -> {},
                        0);
        LocalHub hub = new LocalHub()
                .put("EurekaTian/MIGE", "model.pth", archive.content())
                .put(
                        "EurekaTian/MIGE",
                        "sd-vae-ft-ema/diffusion_pytorch_model.safetensors",
                        LocalHub.Content.of(folder.resolve(ModelFolder.AUTOENCODER)))
                .put(
                        "EurekaTian/MIGE",
                        "t5-v1_1-xxl/spiece.model",
                        LocalHub.Content.of(folder.resolve(ModelFolder.TOKENIZER)))
                .pageSize(2);
        hub.answer("MIGE/model.pth", LocalHub.Answer.disconnectAfter(2_000_000_000));
        System.out.println(hub.url());
        while (System.in.read() >= 0) continue; // until the script ends
        System.err.println(String.join("\n", hub.requests()));
        hub.close();
    }

    /** Reads the bytes of a tensor in bfloat16 or float32 from a file in bfloat16. */
    private static void read(
            TensorFile file, long tensorOffset, DType dtype, long offset, byte[] target, int start, int length)
            throws IOException {
        if (dtype == DType.BF16) {
            file.readFully(tensorOffset + offset, ByteBuffer.wrap(target, start, length));
            return;
        }
        long first = offset / 4, last = (offset + length + 3) / 4;
        byte[] halves = new byte[(int) (last - first) * 2];
        file.readFully(tensorOffset + first * 2, ByteBuffer.wrap(halves));
        int skipped = (int) (offset % 4); // a float32 is two zero bytes and a bfloat16
        Arrays.fill(target, start, start + length, (byte) 0);
        for (int i = 0; i < halves.length; i++) {
            int position = i / 2 * 4 + 2 + i % 2 - skipped;
            if (position >= 0 && position < length) target[start + position] = halves[i];
        }
    }

    private static long crc(TorchArchive.Bytes bytes, long size) throws IOException {
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[1 << 20];
        for (long offset = 0; offset < size; offset += buffer.length) {
            int length = (int) Math.min(buffer.length, size - offset);
            bytes.read(offset, buffer, 0, length);
            crc.update(buffer, 0, length);
        }
        return crc.getValue();
    }
}

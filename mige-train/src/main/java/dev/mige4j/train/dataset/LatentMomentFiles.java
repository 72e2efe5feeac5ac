package dev.mige4j.train.dataset;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.DatasetRecord;
import dev.mige4j.dataset.DatasetTask;
import dev.mige4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reference's feature files: for each image of a dataset one {@code .npy} file with the moments of its latent,
 * float32 [2c, h, w], first means, then standard deviations, unscaled. Paths are relative to the folder of the dataset.
 * Source: docs/specification/diffusion.md section 10.
 */
public final class LatentMomentFiles {

    private final Path root;
    private final int resolution;

    /** @param resolution image size of the feature files, in pixels; part of their paths */
    public LatentMomentFiles(Path root, int resolution) {
        this.root = root;
        this.resolution = resolution;
    }

    /** The feature files of a dataset; empty if its folder has none. */
    public static Optional<LatentMomentFiles> in(Path root, int resolution) {
        return Files.isDirectory(root.resolve("vae"))
                ? Optional.of(new LatentMomentFiles(root, resolution))
                : Optional.empty();
    }

    /** The file of a record's target. */
    public String target(DatasetRecord record) {
        return file("vae", record.targetPath());
    }

    /** The file of a record's source; the published tool keeps those of instruction edits with the references. */
    public Optional<String> source(DatasetRecord record) {
        String folder = record.task() == DatasetTask.EDIT ? "vae_entity" : "vae_source";
        return record.sourcePath().map(path -> file(folder, path));
    }

    /** The file of a reference. */
    public String reference(String imagePath) {
        return file("vae_entity", imagePath);
    }

    private String file(String folder, String imagePath) {
        String taskFolder =
                switch (DatasetTask.fromPath(imagePath)) {
                    case SUBJECT -> "vae_subject200k";
                    case EDIT -> "vae_instructpix";
                    case REPLACE -> "vae_replace";
                    case ADD -> "vae_add";
                };
        int slash = imagePath.lastIndexOf('/');
        if (slash < 0)
            throw new UsageException("The path '%s' has no folder; expected one that names the task.", imagePath);
        String name = imagePath.substring(slash + 1);
        String stem = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        return "%s/%s/%dresolution/noflip/%s.npy".formatted(folder, taskFolder, resolution, stem);
    }

    /** The moments in a feature file [2c, h, w]; empty if there is no such file. */
    public Optional<Tensor> read(String file) {
        Path path = root.resolve(file);
        return Files.exists(path) ? Optional.of(readNpy(path)) : Optional.empty();
    }

    /** A numpy file of little-endian float32 in C order. */
    public static Tensor readNpy(Path file) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            if (buffer.remaining() < 12 || buffer.getInt() != 0x4d554e93)
                throw new UsageException("%s is not a numpy file.", file);
            buffer.position(6);
            int major = buffer.get();
            buffer.get();
            int length = major == 1 ? buffer.getShort() & 0xffff : buffer.getInt();
            if (length < 0 || length > buffer.remaining())
                throw new UsageException("%s is truncated in its header.", file);
            byte[] header = new byte[length];
            buffer.get(header);
            String headerText = new String(header, StandardCharsets.US_ASCII);
            Matcher shape = Pattern.compile("'shape':\\s*\\(([^)]*)\\)").matcher(headerText);
            if (!headerText.contains("'<f4'") || !headerText.contains("'fortran_order': False") || !shape.find())
                throw new UsageException("%s is %s, expected '<f4' in C order.", file, headerText.strip());
            long[] dimensions = Arrays.stream(shape.group(1).split(","))
                    .map(String::strip)
                    .filter(s -> !s.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
            float[] values = new float[buffer.remaining() / 4];
            buffer.asFloatBuffer().get(values);
            return Tensor.of(values, dimensions);
        } catch (IOException e) {
            throw new UsageException("%s cannot be read: %s", file, e.getMessage());
        }
    }
}

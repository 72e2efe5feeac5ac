package dev.mige4j.cli;

import dev.mige4j.common.AtomicFile;
import dev.mige4j.common.UsageException;
import dev.mige4j.image.ImageEncoding;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a command writes its images: standard output for {@code -o -}, else files.
 *
 * <p>Nothing is lost: an input file is never replaced, and any other file only with {@code --force}. A single image has
 * the name of {@code -o}, which must be free. The images of {@code -n}, and one for which no name was given, take the
 * next free name with a number: {@code out-1.png}, {@code out-2.png} and so on.
 */
final class ImageOutput {

    private static final Path STANDARD_OUTPUT = Path.of("-");

    private final ImageEncoding encoding;
    private final Path file; // null: standard output
    private final String stem;
    private final boolean force;
    private int number; // of the next name, 0 for the name without a number

    private ImageOutput(ImageEncoding encoding, Path file, int firstNumber, boolean force) {
        this.encoding = encoding;
        this.file = file;
        this.number = firstNumber;
        this.force = force;
        String name = file == null ? "" : file.getFileName().toString();
        stem = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    /**
     * Checks the output before the work begins.
     *
     * @param output the value of {@code -o}; empty: {@code defaultStem} with the extension of the format
     * @param inputs the files that the command reads
     * @throws UsageException when the output cannot be written, or would replace a file that it must not
     */
    static ImageOutput open(
            Optional<Path> output,
            String defaultStem,
            EncodingOptions encodingOptions,
            int count,
            boolean force,
            List<Path> inputs) {
        if (output.isPresent() && output.get().equals(STANDARD_OUTPUT))
            return standardOutput(encodingOptions.encoding(), count);
        if (output.isPresent() && Files.isDirectory(output.get()))
            throw new UsageException(
                    "%s is a folder; name a file in it, such as %s",
                    output.get(), output.get().resolve("out.png"));
        Path file = output.orElseGet(
                () -> Path.of(defaultStem + encodingOptions.encoding().extension()));
        ImageOutput result = new ImageOutput(encodingOptions.encoding(file), file, count > 1 ? 1 : 0, force);
        if (output.isPresent() && count == 1) OutputFiles.requireFree(file, force, inputs);
        for (int i = 0; i < count && force; i++) OutputFiles.requireFree(result.name(result.number + i), true, inputs);
        OutputFiles.createFolder(file.toAbsolutePath().getParent());
        return result;
    }

    private static ImageOutput standardOutput(ImageEncoding encoding, int count) {
        if (count > 1) throw new UsageException("-o - writes one image to standard output; remove -n, or name a file");
        if (Boolean.getBoolean("mige.output-terminal"))
            throw new UsageException(
                    "-o - would print the image on the terminal; redirect it (> out.png), or name a file");
        return new ImageOutput(encoding, null, 0, false);
    }

    private Path name(int number) {
        return number == 0
                ? file
                : file.resolveSibling(
                        stem + "-" + number + file.getFileName().toString().substring(stem.length()));
    }

    ImageEncoding encoding() {
        return encoding;
    }

    boolean isStandardOutput() {
        return file == null;
    }

    /**
     * Writes the next image.
     *
     * @return the file; empty for standard output
     * @throws UsageException when it cannot be written
     */
    Optional<Path> write(AtomicFile.StreamWriter content) {
        if (file == null) {
            writeToStandardOutput(content);
            return Optional.empty();
        }
        while (true) {
            Path name = name(number++);
            if (force) AtomicFile.write(name, content);
            else if (OutputFiles.exists(name) || !AtomicFile.create(name, content)) continue;
            return Optional.of(name);
        }
    }

    private static void writeToStandardOutput(AtomicFile.StreamWriter content) {
        OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
        try {
            content.writeTo(out);
            out.flush();
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("Broken pipe")) return; // the reader has what it wants
            throw new UsageException(
                    "The image could not be written to standard output: %s", OutputFiles.describeError(e));
        }
    }
}

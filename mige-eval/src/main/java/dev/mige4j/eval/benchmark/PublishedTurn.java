package dev.mige4j.eval.benchmark;

import dev.mige4j.common.UsageException;
import dev.mige4j.dataset.layout.ImageSource;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A turn of a {@link PublishedBenchmark}.
 *
 * @param outputName as {@link BenchmarkSample#outputName}
 */
record PublishedTurn(
        String kind,
        String split,
        String outputName,
        Request request,
        Optional<ImageSource> targetImage,
        boolean isScored,
        List<Comparison> comparisons)
        implements BenchmarkTurn {

    private static final Pattern PLACEHOLDER = Pattern.compile(Pattern.quote("<imagehere>"), Pattern.CASE_INSENSITIVE);

    /** Makes the task, for which it reads the images. */
    @FunctionalInterface
    interface Request {
        Task task(Optional<Image> previousOutput);
    }

    /** The split of turns that are not divided. */
    static final String ALL = "";

    PublishedTurn {
        comparisons = List.copyOf(comparisons);
    }

    @Override
    public Task task(Optional<Image> previousOutput) {
        return request.task(previousOutput);
    }

    @Override
    public Optional<Image> target() {
        return targetImage.map(ImageSource::read);
    }

    /** The edit of a source by a text, whose words are taken literally. */
    static InstructionEdit edit(String text, Image source) {
        return new InstructionEdit(new Instruction(text, List.of()), source);
    }

    /** A text of MIGE's files with the placeholders of this project. */
    static String withPlaceholders(String text) {
        return PLACEHOLDER.matcher(text).replaceAll(Instruction.IMAGE_PLACEHOLDER);
    }

    /**
     * The instruction of MIGE's files: {@code <ImageHere>}, in any case, takes the next image; images that are left
     * over are ignored, as by the reference.
     *
     * @throws UsageException when there are fewer images than placeholders, or an image is missing or damaged
     */
    static Instruction instruction(String text, List<ImageSource> images) {
        String normalized = withPlaceholders(text);
        int count = Math.min(images.size(), Instruction.countPlaceholders(normalized));
        List<Image> read = new ArrayList<>();
        for (ImageSource image : images.subList(0, count)) read.add(image.read());
        return new Instruction(normalized, read);
    }
}

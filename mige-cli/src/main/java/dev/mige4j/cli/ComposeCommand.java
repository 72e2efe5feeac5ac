package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.SubjectEdit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mige compose}: instruction-based subject-driven editing. */
@Command(
        name = "compose",
        description =
                "Edits an image with the help of reference images: adds a given subject, or replaces an object by it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige compose \"replace the apple in <image> with <image>\" -i samples/table.png -i samples/teapot.png",
            "  mige compose \"put <image1> to the left of the turtle in <image2>\" \\",
            "      -i samples/penguin.png -i samples/beach.png --source 2",
            "  mige compose \"swap the apple in <image:scene> for <image:pot>\" -i scene=samples/table.png \\",
            "      -i pot=samples/teapot.png --source scene"
        })
final class ComposeCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "INSTRUCTION",
            description =
                    "The instruction; <image> is a placeholder for the next image, <image:NAME> for the one with that"
                            + " name.")
    private String instruction;

    @Option(
            names = {"-i", "--image"},
            paramLabel = "[NAME=]FILE",
            required = true,
            converter = ImageArgument.ImageArgumentConverter.class,
            description = "An image for the instruction; two to four.")
    private List<ImageArgument> images;

    @Option(
            names = "--source",
            paramLabel = "NAME|NUMBER|FILE",
            defaultValue = "1",
            description = "The image to edit: its name, its number among the -i options, or another file. Default: the"
                    + " first.")
    private String sourceSelector;

    /** The name of {@code --source} in the recipes of earlier releases. */
    @Option(names = "--canvas", hidden = true)
    private String earlierSourceOption;

    @Mixin
    private RequestOptions requestOptions;

    @Override
    public Integer call() {
        if (earlierSourceOption != null) sourceSelector = earlierSourceOption;
        InputImages inputImages = InputImages.read(images);
        ReplayCommand replayCommand =
                InputImages.appendImageArguments(ReplayCommand.of("compose", instruction), images);
        return requestOptions.run(
                new SubjectEdit(inputImages.instruction(instruction), selectSource(inputImages)),
                sourceSelector.equals("1") ? replayCommand : replayCommand.with("--source", sourceSelector),
                inputFiles());
    }

    private List<Path> inputFiles() {
        List<Path> files = new ArrayList<>(InputImages.files(images));
        files.add(Path.of(sourceSelector)); // does no harm if it is a name or a number
        return files;
    }

    private Image selectSource(InputImages inputImages) {
        Image byName = inputImages.named().get(sourceSelector);
        if (byName != null) return byName;
        if (sourceSelector.matches("[1-9]") && Integer.parseInt(sourceSelector) <= images.size())
            return inputImages.all().get(Integer.parseInt(sourceSelector) - 1);
        if (Files.exists(Path.of(sourceSelector))) return Image.read(Path.of(sourceSelector));
        String names = images.stream().flatMap(i -> i.name().stream()).collect(Collectors.joining(", "));
        throw new UsageException(
                "--source is '%s', expected 1 to %d%s, or a file",
                sourceSelector, images.size(), names.isEmpty() ? "" : ", one of the names " + names);
    }
}

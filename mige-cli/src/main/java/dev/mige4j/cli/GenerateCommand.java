package dev.mige4j.cli;

import dev.mige4j.task.SubjectGeneration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mige generate}: subject-driven generation with up to four subjects. */
@Command(
        name = "generate",
        aliases = "create",
        description = "Generates an image that shows the given subjects.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige generate \"a <image> on the beach\" -i samples/dog.png",
            "  mige generate \"<image:bird> next to <image:thing> on a stage\" -i bird=samples/penguin.png \\",
            "      -i thing=samples/guitar.png -n 2",
            "  mige generate \"a <image> on the beach\" -i samples/dog.png --size 1024x768",
            "  mige generate \"a <image> on a table\" -i samples/teapot.png --then \"make it night\""
        })
final class GenerateCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "INSTRUCTION",
            description = "The instruction; <image> is a placeholder for the next image, <image:NAME> for the one with"
                    + " that name.")
    private String instruction;

    @Option(
            names = {"-i", "--image"},
            paramLabel = "[NAME=]FILE",
            converter = ImageArgument.ImageArgumentConverter.class,
            description = "A reference image for the instruction; up to four.")
    private List<ImageArgument> images = List.of();

    @Mixin
    private RequestOptions requestOptions;

    @Override
    public Integer call() {
        return requestOptions.run(
                new SubjectGeneration(InputImages.read(images).instruction(instruction)),
                InputImages.appendImageArguments(ReplayCommand.of("generate", instruction), images),
                InputImages.files(images));
    }
}

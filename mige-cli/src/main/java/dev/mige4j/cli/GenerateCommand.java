package dev.mige4j.cli;

import dev.mige4j.task.SubjectGeneration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mige create}: a new picture, with up to four given subjects in it. */
@Command(
        name = "create",
        description = "Makes a new picture, with the given subjects in it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige create \"a <image> on the beach\" -i dog.png",
            "  mige create \"<image:cat> asleep on <image:sofa>\" -i cat=tom.jpg -i sofa=red.png -n 4",
            "  mige create \"a <image> on a table\" -i apple.png --then \"make it night\""
        })
final class GenerateCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "TEXT",
            description = "What to make; <image> stands for the next picture, <image:NAME> for the one of that name.")
    private String instruction;

    @Option(
            names = {"-i", "--image"},
            paramLabel = "[NAME=]FILE",
            converter = ImageArgument.ImageArgumentConverter.class,
            description = "A picture for the text; up to four.")
    private List<ImageArgument> images = List.of();

    @Mixin
    private RequestOptions requestOptions;

    @Override
    public Integer call() {
        return requestOptions.run(
                new SubjectGeneration(InputImages.read(images).instruction(instruction)),
                InputImages.appendImageArguments(new ReplayCommand(List.of("create", instruction)), images));
    }
}

package mige.cli;

import java.util.List;
import java.util.concurrent.Callable;
import mige.task.SubjectGeneration;
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
final class CreateCommand implements Callable<Integer> {

    @Parameters(paramLabel = "TEXT", description = "What to make; <image> stands for the next picture, <image:NAME> for the one of that name.")
    private String text;

    @Option(names = {"-i", "--image"}, paramLabel = "[NAME=]FILE", converter = NamedFile.Converter.class, description = "A picture for the text; up to four.")
    private List<NamedFile> images = List.of();

    @Mixin private RequestOptions request;

    @Override
    public Integer call() {
        return request.make(new SubjectGeneration(Pictures.read(images).instruction(text)),
                Pictures.retold(new CommandWords(List.of("create", text)), images));
    }
}

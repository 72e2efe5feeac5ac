package mige.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import mige.image.Picture;
import mige.task.SubjectEdit;
import mige.tensor.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mige compose}: a picture changed with the help of others, such as a subject added to a scene. */
@Command(
        name = "compose",
        description = "Changes a picture with the help of others: adds a given subject to a scene, or replaces something by it.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige compose \"replace the apple in <image:a> with <image:b>\" -i a=kitchen.png -i b=pear.png",
            "  mige compose \"add <image> to the left of <image>\" -i dog.png -i garden.png --canvas 2",
            "  mige compose \"put <image:cat> into <image:den>\" -i cat=tom.jpg -i den=den.jpg --canvas den"
        })
final class ComposeCommand implements Callable<Integer> {

    @Parameters(paramLabel = "TEXT", description = "What to do; <image> stands for the next picture, <image:NAME> for the one of that name.")
    private String text;

    @Option(names = {"-i", "--image"}, paramLabel = "[NAME=]FILE", required = true, converter = NamedFile.Converter.class,
            description = "A picture for the text; two to four.")
    private List<NamedFile> images;

    @Option(names = "--canvas", paramLabel = "NAME|NUMBER|FILE", defaultValue = "1",
            description = "Which of the pictures is changed: its name, its place among the -i from 1, or another file. Default: the first.")
    private String canvas;

    @Mixin private RequestOptions request;

    @Override
    public Integer call() {
        Pictures pictures = Pictures.read(images);
        CommandWords said = Pictures.retold(new CommandWords(List.of("compose", text)), images);
        return request.make(new SubjectEdit(pictures.instruction(text), canvas(pictures)), canvas.equals("1") ? said : said.with("--canvas", canvas));
    }

    private Picture canvas(Pictures pictures) {
        Picture named = pictures.named().get(canvas);
        if (named != null) return named;
        if (canvas.matches("[1-9]") && Integer.parseInt(canvas) <= images.size()) return pictures.all().get(Integer.parseInt(canvas) - 1);
        if (Files.exists(Path.of(canvas))) return Picture.read(Path.of(canvas));
        String names = images.stream().flatMap(i -> i.name().stream()).collect(Collectors.joining(", "));
        throw new UsageException("--canvas is '%s', expected 1 to %d%s, or a file", canvas, images.size(), names.isEmpty() ? "" : ", one of the names " + names);
    }
}

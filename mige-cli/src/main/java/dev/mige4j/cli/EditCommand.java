package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mige edit}: one picture changed as the words say. */
@Command(
        name = "edit",
        description = "Changes a picture as the words say; the result has the picture's size.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige edit photo.jpg \"make it night\"",
            "  mige edit room.png \"remove the lamp\" --keep-outside auto -o without-lamp.png",
            "  mige edit room.png \"make the sofa red\" --keep-outside mask.png",
            "  mige edit street.png \"make it winter\" --then \"add snow\" --then \"make it night\""
        })
final class EditCommand implements Callable<Integer> {

    private static final Pattern NAMED_PLACEHOLDER = Pattern.compile("<image\\s*:", Pattern.CASE_INSENSITIVE);

    @Parameters(
            index = "0",
            paramLabel = "PICTURE",
            description = "The picture to change: PNG, JPEG, GIF or BMP of any size.")
    private Path source;

    @Parameters(
            index = "1",
            paramLabel = "TEXT",
            description = "What to change. It may say <image> where the picture is meant; it need not.")
    private String instruction;

    @Mixin
    private RequestOptions requestOptions;

    @Override
    public Integer call() {
        Image sourceImage = Image.read(source);
        return requestOptions.run(
                editTask(instruction, sourceImage), new ReplayCommand(List.of("edit", source.toString(), instruction)));
    }

    /** The edit of one picture, which is all that the text can show. */
    static InstructionEdit editTask(String instruction, Image sourceImage) {
        if (NAMED_PLACEHOLDER.matcher(instruction).find())
            throw new UsageException(
                    "An edit shows its own picture, as <image>; to bring in other pictures by name use mige compose.");
        return InstructionEdit.of(instruction, sourceImage);
    }
}

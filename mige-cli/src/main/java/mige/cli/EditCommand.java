package mige.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import mige.image.Picture;
import mige.task.InstructionEdit;
import mige.tensor.UsageException;
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

    private static final Pattern NAMED = Pattern.compile("<image\\s*:", Pattern.CASE_INSENSITIVE);

    @Parameters(index = "0", paramLabel = "PICTURE", description = "The picture to change: PNG, JPEG, GIF or BMP of any size.")
    private Path source;

    @Parameters(index = "1", paramLabel = "TEXT", description = "What to change. It may say <image> where the picture is meant; it need not.")
    private String text;

    @Mixin private RequestOptions request;

    @Override
    public Integer call() {
        Picture picture = Picture.read(source);
        return request.make(edit(text, picture),
                new CommandWords(List.of("edit", source.toString(), text)));
    }

    /** The edit of one picture, which is all that the text can show. */
    static InstructionEdit edit(String text, Picture picture) {
        if (NAMED.matcher(text).find())
            throw new UsageException("An edit shows its own picture, as <image>; to bring in other pictures by name use mige compose.");
        return InstructionEdit.of(text, picture);
    }
}

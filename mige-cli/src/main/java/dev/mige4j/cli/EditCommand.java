package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.InstructionEdit;
import dev.mige4j.task.Placeholders;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mige edit}: instruction-based editing of one image. */
@Command(
        name = "edit",
        description = "Edits an image following an instruction; the result has the size of the source.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  mige edit samples/meadow.png \"make it night\" -o night.jpg --quality 95",
            "  mige edit samples/table.png \"remove the apple\" --mask auto -o cake.png",
            "  mige edit samples/meadow.png \"make the car blue\" --mask mask.png      (white: may change)",
            "  mige edit samples/table.png \"remove the apple\" --then \"turn it into a night scene\""
        })
final class EditCommand implements Callable<Integer> {

    private static final Pattern NAMED_PLACEHOLDER = Pattern.compile("<image:(?!1>)");

    @Parameters(
            index = "0",
            paramLabel = "IMAGE",
            description = "The source image: PNG, JPEG, GIF, BMP, WebP or TIFF of any size.")
    private Path source;

    @Parameters(
            index = "1",
            paramLabel = "INSTRUCTION",
            description = "The instruction; may mention the source image as <image>.")
    private String instruction;

    @Mixin
    private RequestOptions requestOptions;

    @Override
    public Integer call() {
        if (Files.notExists(source) && new File(instruction).isFile())
            throw new UsageException(
                    "%s: no such file; the image comes before the instruction: mige edit IMAGE INSTRUCTION", source);
        Image sourceImage = Image.read(source);
        return requestOptions.run(
                editTask(instruction, sourceImage),
                ReplayCommand.of("edit", source.toString(), instruction),
                List.of(source));
    }

    /** An edit whose instruction refers to the source image only. */
    static InstructionEdit editTask(String instruction, Image sourceImage) {
        if (NAMED_PLACEHOLDER.matcher(Placeholders.normalize(instruction)).find())
            throw new UsageException(
                    "mige edit has one image, <image>; use mige compose for instructions with named or several"
                            + " images.");
        return InstructionEdit.of(instruction, sourceImage);
    }
}

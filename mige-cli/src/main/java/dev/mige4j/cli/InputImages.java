package dev.mige4j.cli;

import dev.mige4j.common.UsageException;
import dev.mige4j.image.Image;
import dev.mige4j.task.Instruction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The images of a request: in order for {@code <image>}, by name for {@code <image:name>}. */
record InputImages(List<Image> unnamed, Map<String, Image> named, List<Image> all) {

    static InputImages read(List<ImageArgument> arguments) {
        List<Image> positional = new ArrayList<>(), all = new ArrayList<>();
        Map<String, Image> named = new LinkedHashMap<>();
        for (ImageArgument argument : arguments) {
            Image image = Image.read(argument.file());
            all.add(image);
            if (argument.name().isEmpty()) positional.add(image);
            else if (named.put(argument.name().get(), image) != null)
                throw new UsageException(
                        "Two images have the name '%s'.", argument.name().get());
        }
        return new InputImages(positional, named, all);
    }

    Instruction instruction(String text) {
        return Instruction.of(text, unnamed, named);
    }

    static List<Path> files(List<ImageArgument> arguments) {
        return arguments.stream().map(ImageArgument::file).toList();
    }

    /** Appends the options that name the image files. */
    static ReplayCommand appendImageArguments(ReplayCommand command, List<ImageArgument> arguments) {
        ReplayCommand result = command;
        for (ImageArgument argument : arguments) result = result.with("-i", argument.toArgument());
        return result;
    }
}

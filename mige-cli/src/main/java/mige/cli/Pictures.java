package mige.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.image.Picture;
import mige.task.Instruction;
import mige.tensor.UsageException;

/** The pictures of a request as they were given: in order for {@code <image>}, by name for {@code <image:name>}. */
record Pictures(List<Picture> positional, Map<String, Picture> named, List<Picture> all) {

    static Pictures read(List<NamedFile> files) {
        List<Picture> positional = new ArrayList<>(), all = new ArrayList<>();
        Map<String, Picture> named = new LinkedHashMap<>();
        for (NamedFile file : files) {
            Picture picture = Picture.read(file.file());
            all.add(picture);
            if (file.name().isEmpty()) positional.add(picture);
            else if (named.put(file.name().get(), picture) != null)
                throw new UsageException("Two pictures have the name '%s'; give each its own.", file.name().get());
        }
        return new Pictures(positional, named, all);
    }

    Instruction instruction(String text) {
        return Instruction.of(text, positional, named);
    }

    /** The words that name the files again. */
    static CommandWords retold(CommandWords words, List<NamedFile> files) {
        CommandWords all = words;
        for (NamedFile file : files) all = all.with("-i", file.word());
        return all;
    }
}

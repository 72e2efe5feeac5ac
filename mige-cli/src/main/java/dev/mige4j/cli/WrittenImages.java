package dev.mige4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mige4j.common.Json;
import dev.mige4j.pipeline.GeneratedImage;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;

/** Writes the images of a request, each when it is finished, and reports them as lines or as JSON. */
final class WrittenImages {

    private final ImageOutput output;
    private final IntFunction<ReplayCommand> commands;
    private final PrintWriter names;
    private final ArrayNode images = Json.MAPPER.createArrayNode();

    /**
     * @param commands the command that generates image i alone, for its recipe
     * @param names receives the name of each file
     */
    WrittenImages(ImageOutput output, IntFunction<ReplayCommand> commands, PrintWriter names) {
        this.output = output;
        this.commands = commands;
        this.names = names;
    }

    /** Writes the next image with its recipe, its command and further texts by keyword. */
    void write(GeneratedImage image, Map<String, String> extraText) {
        ReplayCommand command = commands.apply(images.size());
        Map<String, String> text = new LinkedHashMap<>(extraText);
        text.put(ReplayCommand.KEY, command.toJson());
        Optional<Path> file = output.write(out -> image.write(out, output.encoding(), text));
        file.ifPresent(name -> {
            names.println(name);
            ObjectNode node = images.addObject();
            node.put("file", name.toString());
            node.put("width", image.image().width());
            node.put("height", image.image().height());
            node.put("command", command.toShell());
            node.set("recipe", Json.MAPPER.valueToTree(image.recipe()));
        });
    }

    boolean isEmpty() {
        return images.isEmpty();
    }

    String toJson(Set<String> notices, double seconds) {
        ObjectNode root = Json.MAPPER.createObjectNode();
        root.set("images", images);
        notices.forEach(root.putArray("notices")::add);
        root.put("seconds", Math.round(seconds * 1000) / 1000.0);
        return root.toPrettyString();
    }
}

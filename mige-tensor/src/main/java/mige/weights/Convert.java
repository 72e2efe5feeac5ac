package mige.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mige.tensor.DType;
import mige.tensor.UsageException;
import mige.tensor.WeightsException;

/**
 * Turns published files into a {@link ModelFolder}: safetensors that can be mapped, under the keys the model asks for.
 *
 * <p>Numbers stream from file to file a few megabytes at a time, so 13 GB pass through a small heap. Every key of the outline must be
 * there; what nobody asks for is left behind and listed in the report. The autoencoder is always written in float32.
 */
public final class Convert {

    /**
     * Where the published files lie.
     *
     * @param model       {@code model.pth}, or any file or folder of weights with the model's keys
     * @param autoencoder a diffusers autoencoder folder or file
     * @param t5          a T5 folder: {@code spiece.model}, and the weights when {@code model} has none of the text encoder; or null
     * @param tokenizer   {@code spiece.model} when it does not lie in {@code t5}; or null
     */
    public record Published(Path model, Path autoencoder, Path t5, Path tokenizer) {
        Path tokenizerFile() {
            Path file = tokenizer != null ? tokenizer : t5 != null ? t5.resolve(ModelFolder.TOKENIZER) : null;
            if (file == null || !Files.isRegularFile(file))
                throw new UsageException((file == null ? "No tokenizer is given" : file + ": there is no such file") + ". Name the T5 folder that holds spiece.model.");
            return file;
        }
    }

    /** What the model and its autoencoder ask for, and the text of {@code config.json}. */
    public record Wanted(Outline model, Outline autoencoder, String config) { }

    private Convert() { }

    /**
     * Writes the folder and returns what became of the tensors. Throws {@link WeightsException} when some are missing or of another
     * shape, before anything is written, and {@link UsageException} when the disk has no room.
     */
    public static LoadReport convert(Published from, Wanted wanted, Checkpoint.Keep keep, Path into, Transfer progress) {
        Path tokenizer = from.tokenizerFile();
        try (Checkpoint model = openModel(from, wanted); Checkpoint autoencoder = Checkpoint.open(from.autoencoder())) {
            LoadReport main = complete(model.compare(wanted.model())), vae = complete(autoencoder.compare(wanted.autoencoder()));
            Map<String, List<SafeTensors.Item>> files = new LinkedHashMap<>();
            long[] done = {0};
            long all = 0;
            for (var file : ModelFolder.byFile(slots(model, wanted.model()), slots(autoencoder, wanted.autoencoder())).entrySet()) {
                boolean isAutoencoder = file.getKey().equals(ModelFolder.AUTOENCODER);
                List<SafeTensors.Item> items = new ArrayList<>();
                for (var slot : file.getValue().entrySet()) {
                    SafeTensors.Item item = item(isAutoencoder ? autoencoder : model, slot.getKey(), slot.getValue(), isAutoencoder ? Checkpoint.Keep.FLOAT32 : keep);
                    all += item.bytes();
                    items.add(item);
                }
                files.put(file.getKey(), items);
            }
            long total = all;
            files.forEach((name, items) -> SafeTensors.write(into.resolve(name), Map.of("format", "pt"), items.stream().map(item -> told(item, done, total, progress)).toList()));
            copy(tokenizer, into.resolve(ModelFolder.TOKENIZER));
            byte[] config = wanted.config().getBytes(StandardCharsets.UTF_8);
            Replacing.write(into.resolve(ModelFolder.CONFIG), config.length, out -> out.write(ByteBuffer.wrap(config)));       // last: the folder is whole
            return joined(main, vae);
        }
    }

    private static Checkpoint openModel(Published from, Wanted wanted) {
        Checkpoint alone = Checkpoint.open(from.model());
        boolean lacksText = alone.compare(wanted.model()).missing().keySet().stream().anyMatch(key -> key.startsWith("t5_model."));
        if (!lacksText || from.t5() == null) return alone;
        alone.close();
        return Checkpoint.open(from.model(), from.t5());
    }

    /** What the outline names, and the optional tensors that the files have. */
    private static Map<String, Outline.Slot> slots(Checkpoint from, Outline outline) {
        Map<String, Outline.Slot> slots = new LinkedHashMap<>(outline.slots());
        for (String key : outline.optional()) if (from.has(key)) slots.put(key, new Outline.Slot(from.locate(key).entry().shape(), Birth.ZERO));
        return slots;
    }

    private static LoadReport complete(LoadReport report) {
        if (report.missing().isEmpty()) return report;
        String first = report.missing().values().iterator().next();
        int more = report.missing().size() - 1;
        throw new WeightsException(first + (more > 0 ? " (and " + more + " more are missing or of another shape)" : ""));
    }

    private static SafeTensors.Item item(Checkpoint from, String key, Outline.Slot slot, Checkpoint.Keep keep) {
        Checkpoint.Located place = from.locate(key);
        if (Mending.fit(key, place.entry().shape(), slot.shape()) == Mending.Fit.WIDENED)
            throw new WeightsException(place.file().path().getFileName() + ": tensor '" + key + "' has fewer input channels than the model; "
                    + "this is a file to start a training from, not a model to convert.");
        DType type = keep.of(place.entry().type());
        return new SafeTensors.Item(key, type, slot.shape(), out -> place.file().copy(place.entry(), type, out));
    }

    private static SafeTensors.Item told(SafeTensors.Item item, long[] done, long total, Transfer progress) {
        return new SafeTensors.Item(item.name(), item.type(), item.shape(), out -> {
            item.numbers().writeTo(out);
            done[0] += item.bytes();
            if (!progress.at(item.name(), done[0], total)) throw new UsageException("Stopped after " + Replacing.inWords(done[0]) + "; the file that was begun is gone again.");
        });
    }

    private static void copy(Path from, Path to) {
        try {
            byte[] all = Files.readAllBytes(from);
            Replacing.write(to, all.length, out -> out.write(ByteBuffer.wrap(all)));
        } catch (IOException e) {
            throw TensorFile.unreadable(from, e);
        }
    }

    private static LoadReport joined(LoadReport a, LoadReport b) {
        List<String> used = new ArrayList<>(a.used());
        used.addAll(b.used());
        Map<String, String> mended = new LinkedHashMap<>(a.mended()), unread = new LinkedHashMap<>(a.unread());
        mended.putAll(b.mended());
        unread.putAll(b.unread());
        return new LoadReport(used, mended, Map.of(), unread);
    }
}

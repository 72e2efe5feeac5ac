package mige.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import mige.tensor.DType;
import mige.tensor.Scope;
import mige.tensor.Tensor;
import mige.tensor.UsageException;
import mige.weights.SafeTensors;

/**
 * All that a training needs to go on exactly where it stood: weights, both moments, the average, and how many steps are done.
 *
 * <p>Nothing else has to be kept, because all chance is drawn from (seed, number of the sample). One safetensors file a state, written
 * under a temporary name and then moved, so a kill at any moment leaves the previous one whole; the last two are kept.
 */
final class TrainingState {

    private static final String PREFIX = "state-", SUFFIX = ".safetensors";
    private static final int KEPT = 2;
    /** Numbers written at once. */
    private static final long PIECE = 1 << 22;

    private final Path folder;
    private final Parameters parameters;
    private final AdamW optimiser;
    private final Tensor average;

    TrainingState(Path folder, Parameters parameters, AdamW optimiser, Tensor average) {
        this.folder = folder;
        this.parameters = parameters;
        this.optimiser = optimiser;
        this.average = average;
    }

    /** Writes the state after {@code steps} steps and deletes all but the last two. */
    void save(long steps) {
        Map<String, String> about = Map.of("steps", Long.toString(steps), "layout", parameters.layout());
        SafeTensors.write(folder.resolve("%s%010d%s".formatted(PREFIX, steps, SUFFIX)), about, List.of(
                item("values", parameters.values()), item("mean", optimiser.mean()), item("square", optimiser.square()), item("average", average)));
        List<Path> all = all(folder);
        for (int i = 0; i < all.size() - KEPT; i++) {
            try {
                Files.deleteIfExists(all.get(i));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Takes the newest state of the folder over and returns how many steps it has done; empty when there is none. */
    Optional<Long> restore() {
        List<Path> all = all(folder);
        if (all.isEmpty()) return Optional.empty();
        Path newest = all.get(all.size() - 1);
        try (SafeTensors file = SafeTensors.open(newest)) {
            if (!parameters.layout().equals(file.metadata().get("layout"))) {
                throw new UsageException("%s belongs to a model of other sizes. Train into another folder, or give the configuration it was made with.", newest);
            }
            Scope.scoped(() -> Tensor.withoutGradients(() -> {
                parameters.values().copy_(file.tensor("values"));
                optimiser.mean().copy_(file.tensor("mean"));
                optimiser.square().copy_(file.tensor("square"));
                return average.copy_(file.tensor("average"));
            }));
            return Optional.of(Long.parseLong(file.metadata().get("steps")));
        }
    }

    private static List<Path> all(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.filter(f -> f.getFileName().toString().matches(PREFIX + "\\d+\\" + SUFFIX))
                    .sorted(Comparator.comparing(Path::getFileName)).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A tensor as an entry of a safetensors file, in its own type. */
    static SafeTensors.Item item(String name, Tensor tensor) {
        return item(name, tensor, tensor.type());
    }

    static SafeTensors.Item item(String name, Tensor tensor, DType type) {
        return new SafeTensors.Item(name, type, tensor.shape(), out -> {
            for (long from = 0, all = tensor.count(); from < all; from += PIECE) {
                long start = from, length = Math.min(PIECE, all - from);
                byte[] bytes = Scope.scoped(() -> Tensor.withoutGradients(() -> tensor.reshape(-1).narrow(0, start, length).to(type).rawBytes()));
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                while (buffer.hasRemaining()) out.write(buffer);
            }
        });
    }
}

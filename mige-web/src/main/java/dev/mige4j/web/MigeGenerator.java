package dev.mige4j.web;

import dev.mige4j.common.WeightsException;
import dev.mige4j.pipeline.GeneratedImage;
import dev.mige4j.pipeline.GenerationListener;
import dev.mige4j.pipeline.Lora;
import dev.mige4j.pipeline.Mige;
import dev.mige4j.pipeline.Settings;
import dev.mige4j.task.Task;
import dev.mige4j.weights.lora.LoraFile;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generator of a server: a {@link Mige}, and models derived from it with LoRA adapters. A derived model is opened
 * when a request asks for it; the latest {@value #MAX_DERIVED} are kept, others are closed when no request uses them.
 */
final class MigeGenerator implements ImageGenerator {

    private static final Logger LOGGER = LoggerFactory.getLogger(Server.class);

    /** They share the weights of the loaded model, so that each takes little more than its adapters. */
    static final int MAX_DERIVED = 4;

    /** A model with adapters, and the number of requests that use it. */
    private static final class DerivedModel {
        private final Mige mige;
        private int users;
        private boolean evicted;

        private DerivedModel(Mige mige) {
            this.mige = mige;
        }
    }

    /** What tells derived models apart. */
    private record LoraKey(String name, String sha256, double scale) {
        static LoraKey of(Lora lora) {
            return new LoraKey(lora.name(), lora.file().sha256(), lora.scale());
        }
    }

    private final Mige mige;
    private final Map<List<LoraKey>, DerivedModel> derived = new LinkedHashMap<>(); // guarded by this; latest last
    private long openedCount; // guarded by this

    /** @param mige which stays open when this is closed; its own adapters are applied to all requests */
    MigeGenerator(Mige mige) {
        this.mige = mige;
    }

    @Override
    public void generate(
            Task task,
            Settings settings,
            List<Lora> loras,
            GenerationListener listener,
            Consumer<GeneratedImage> consumer) {
        use(loras, model -> {
            model.generate(task, settings, listener, consumer);
            return null;
        });
    }

    @Override
    public List<String> notices(Task task, Settings settings, List<Lora> loras) {
        return use(loras, model -> model.notices(task, settings));
    }

    /** As without adapters, whose share of the work is small. */
    @Override
    public Optional<Duration> estimateDuration(Task task, Settings settings) {
        return mige.estimateDuration(task, settings);
    }

    /** Builds the model with the adapters at scale 0, which are not loaded then. */
    @Override
    public void requireFit(LoraFile file) {
        mige.withLoras(List.of(new Lora(file, 0))).close();
    }

    private <T> T use(List<Lora> loras, Function<Mige, T> work) {
        if (loras.isEmpty()) return work.apply(mige);
        DerivedModel model = acquire(loras);
        try {
            return work.apply(model.mige);
        } finally {
            release(model);
        }
    }

    /** Throws {@link ApiException} when a file was replaced or deleted since the request was checked. */
    private DerivedModel acquire(List<Lora> loras) {
        try {
            return open(loras);
        } catch (WeightsException e) {
            LOGGER.warn("a LoRA file of a request cannot be read any more", e);
            throw ApiException.forParam(
                    "loras",
                    404,
                    "lora_not_found",
                    "A LoRA of this request was replaced or deleted before the request was done. GET /v1/loras lists"
                            + " those of the server.");
        }
    }

    private synchronized DerivedModel open(List<Lora> loras) {
        List<LoraKey> key = loras.stream().map(LoraKey::of).toList();
        DerivedModel model = derived.remove(key);
        if (model == null) {
            model = new DerivedModel(mige.withLoras(
                    Stream.concat(mige.loras().stream(), loras.stream()).toList()));
            openedCount++;
        }
        model.users++;
        derived.put(key, model);
        if (derived.size() > MAX_DERIVED) evict(derived.keySet().iterator().next());
        return model;
    }

    private synchronized void release(DerivedModel model) {
        if (--model.users == 0 && model.evicted) model.mige.close();
    }

    private synchronized void evict(List<LoraKey> key) {
        DerivedModel model = derived.remove(key);
        model.evicted = true;
        if (model.users == 0) model.mige.close();
    }

    @Override
    public synchronized int derivedCount() {
        return derived.size();
    }

    @Override
    public synchronized long openedCount() {
        return openedCount;
    }

    @Override
    public synchronized void close() {
        for (List<LoraKey> key : List.copyOf(derived.keySet())) evict(key);
    }

    @Override
    public String name() {
        return mige.name();
    }

    @Override
    public int size() {
        return mige.imageSize();
    }

    @Override
    public String hash() {
        return mige.modelHash();
    }

    @Override
    public String description() {
        return mige.description();
    }

    @Override
    public Settings resolve(Settings settings, Task task) {
        return mige.resolve(settings, task);
    }
}

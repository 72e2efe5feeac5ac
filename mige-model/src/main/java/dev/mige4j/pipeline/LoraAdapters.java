package dev.mige4j.pipeline;

import dev.mige4j.common.NearestName;
import dev.mige4j.common.UsageException;
import dev.mige4j.tensor.DType;
import dev.mige4j.text.TrainingWords;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ShapeRecorder.LinearSpec;
import dev.mige4j.weights.format.TensorFile;
import dev.mige4j.weights.lora.LoraFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The LoRAs of a model, checked against it and loaded.
 *
 * @param loras in the order in which they were given
 * @param byModule their adapters with the user's scales; those of scale 0 are left out
 */
record LoraAdapters(List<Lora> loras, Map<String, List<LoraAdapter>> byModule) implements AutoCloseable {

    static final LoraAdapters NONE = new LoraAdapters(List.of(), Map.of());

    /**
     * Loads the adapters.
     *
     * @param dtype the type in which the networks compute
     * @throws UsageException when a file is for another model
     */
    static LoraAdapters load(
            List<Lora> loras, ModelConfig config, String fingerprint, Map<String, LinearSpec> layers, DType dtype) {
        for (Lora lora : loras) requireFitting(lora.file(), config, fingerprint, layers);
        Map<String, List<LoraAdapter>> byModule = new LinkedHashMap<>();
        LoraAdapters loaded = new LoraAdapters(List.copyOf(loras), byModule);
        boolean complete = false;
        try {
            for (Lora lora : loras) {
                lora.file().sha256(); // named in every recipe
                if (lora.scale() == 0) continue;
                lora.file().adapters(dtype).forEach((module, adapter) -> byModule.computeIfAbsent(
                                module, key -> new ArrayList<>())
                        .add(adapter.scaledBy(lora.scale())));
            }
            complete = true;
            return loaded;
        } finally {
            if (!complete) loaded.close();
        }
    }

    /** Checks the fingerprint of the model that the file names, and the sizes of the layers. */
    private static void requireFitting(
            LoraFile file, ModelConfig config, String fingerprint, Map<String, LinearSpec> layers) {
        String base = file.metadata().baseModel();
        if (!base.isEmpty() && !base.equals(fingerprint))
            throw new UsageException(
                    "The LoRA %s was trained on a model with the fingerprint %s, but that of %s is %s; open that model,"
                            + " or train it again on this one.",
                    file.name(), TensorFile.sanitize(base), config.name(), fingerprint);
        file.modules().forEach((String module, LoraFile.AdapterSize sizes) -> {
            LinearSpec layer = layers.get(module);
            if (layer == null)
                throw new UsageException(
                        "The LoRA %s is for a layer '%s', but the nearest one of the model %s is '%s'; it belongs to"
                                + " another model.",
                        file.name(),
                        TensorFile.sanitize(module),
                        config.name(),
                        NearestName.find(module, layers.keySet()));
            if (layer.inFeatures() != sizes.inFeatures() || layer.outFeatures() != sizes.outFeatures())
                throw new UsageException(
                        "The LoRA %s is for a layer '%s' from %d to %d features, but that of the model %s is from %d"
                                + " to %d; it belongs to another model.",
                        file.name(),
                        module,
                        sizes.inFeatures(),
                        sizes.outFeatures(),
                        config.name(),
                        layer.inFeatures(),
                        layer.outFeatures());
        });
    }

    /** Remarks about the LoRAs, for a request with this instruction. */
    List<String> notices(String instruction) {
        List<String> notices = new ArrayList<>();
        Set<String> words = words(instruction);
        for (Lora lora : loras) {
            String trigger = lora.file().metadata().trigger();
            if (lora.file().metadata().baseModel().isEmpty())
                notices.add("The LoRA " + lora.name()
                        + " does not say for which model it was trained; only the sizes of its layers fit.");
            if (!words.containsAll(words(trigger)))
                notices.add("The LoRA " + lora.name() + " was taught with the word \"" + TensorFile.sanitize(trigger)
                        + "\", which the prompt does not have.");
        }
        return notices;
    }

    /** The words that the LoRAs were taught, in lower case. */
    Set<String> triggerWords() {
        return loras.stream()
                .flatMap(lora -> words(lora.file().metadata().trigger()).stream())
                .collect(Collectors.toSet());
    }

    private static Set<String> words(String text) {
        return TrainingWords.split(text).stream()
                .map(word -> word.toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    /** Frees the adapters. */
    @Override
    public void close() {
        byModule.values().forEach(adapters -> adapters.forEach(LoraAdapter::close));
    }
}

package dev.mige4j.train.config;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keys of earlier releases and their replacements. */
final class RenamedKeys {

    /** By old key the paths that may have replaced it; a stage has at most one of them. */
    private static final Map<String, List<String>> REPLACEMENTS = new HashMap<>();

    /** Old keys that became elements of a list or components; the values describe their replacements. */
    private static final Map<String, String> DESCRIPTIONS = Map.of(
            "gaze", "an element of 'auxiliary.losses' with the type 'attention-supervision'",
            "attentionSupervisionWeight", "an element of 'auxiliary.losses' with the type 'attention-supervision'",
            "sketch", "an element of 'auxiliary.losses' with the type 'reconstruction'",
            "reconstructionLossWeight", "an element of 'auxiliary.losses' with the type 'reconstruction'",
            "dataSet", "'data.dataset' with the type 'mige'",
            "from", "'initialization' with the type 'pretrained' and the key 'model'",
            "pretrainedModel", "'initialization' with the type 'pretrained' and the key 'model'");

    static {
        add("accumulate", "trainer.gradientAccumulationSteps");
        add("adamW", "trainer.optimizer");
        add("autoencoder", "initialization.autoencoder");
        add("average", "trainer.emaDecay");
        add("batch", "trainer.batchSize");
        add("cache", "data.featureCache");
        add("clip", "trainer.maxGradNorm");
        add("compute", "network.dtype", "dtype");
        add("crop", "data.cropSize");
        add("decay", "trainer.optimizer.weightDecay");
        add("decaySteps", "trainer.schedule.decayShare");
        add("edges", "loss.edgeWeight");
        add("edgeLossWeight", "loss.edgeWeight");
        add("faced", "data.dataset.matchOrientation");
        add("fall", "trainer.schedule.decayShare");
        add("frozen", "network.frozenPrefixes");
        add("kinds", "data.groupWeights");
        add("kl", "loss.klWeight");
        add("lists", "data.dataset.itemLists");
        add("logEvery", "trainer.intervals.log");
        add("pictures", "data.images");
        add("plan", "trainer");
        add("portraits", "data.singleSubjectRatio");
        add("rate", "trainer.schedule.learningRate");
        add("reconstructionWarmupSamples", "auxiliary.warmupSamples");
        add("records", "data.examples");
        add("recompute", "network.gradientCheckpointing");
        add("saveEvery", "trainer.intervals.save");
        add("showEvery", "trainer.intervals.validate");
        add("shown", "validation.samples");
        add("shownSteps", "validation.inferenceSteps");
        add("size", "data.imageSize");
        add("sketchFirst", "auxiliary.warmupSamples");
        add("snrLimit", "loss.minSnrGamma");
        add("split", "data.splits");
        add("steps", "trainer.schedule.totalSteps");
        add("taskWeights", "data.groupWeights");
        add("tower", "initialization.visionEncoder");
        add("validateEvery", "trainer.intervals.validate");
        add("validationInferenceSteps", "validation.inferenceSteps");
        add("validationSamples", "validation.samples");
        add("warmUp", "trainer.schedule.warmupSteps");
        add("width", "model.projectionWidth");
    }

    private RenamedKeys() {}

    private static void add(String oldKey, String... paths) {
        REPLACEMENTS.put(oldKey, List.of(paths));
    }

    /** The replacement of a key, given the paths of all keys of the stage; null when it never was a key. */
    static String replacement(String key, Collection<String> knownPaths) {
        if (DESCRIPTIONS.containsKey(key)) return DESCRIPTIONS.get(key);
        List<String> paths = REPLACEMENTS.get(key);
        if (paths == null) return null;
        String path = paths.stream().filter(knownPaths::contains).findFirst().orElse(paths.get(0));
        return "'" + path + "'";
    }
}

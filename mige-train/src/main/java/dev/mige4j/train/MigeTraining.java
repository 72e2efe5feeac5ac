package dev.mige4j.train;

import dev.mige4j.common.AvailableMemory;
import dev.mige4j.common.NearestName;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Engine;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.tensor.nn.AttentionProcessor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.auxiliary.AuxiliaryLoss;
import dev.mige4j.train.auxiliary.AuxiliaryLossConfig;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.DatasetContext;
import dev.mige4j.train.dataset.ExampleSampler;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.FeatureExtractor;
import dev.mige4j.train.dataset.Fingerprint;
import dev.mige4j.train.dataset.FrozenEncoders;
import dev.mige4j.train.dataset.TrainingDataset;
import dev.mige4j.train.distributed.Cluster;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.initialization.InitialModel;
import dev.mige4j.train.initialization.Initialization;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.DiffusionLoss;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.train.optimizer.ParameterGroups;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.LoraAdapter;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.ShapeRecorder;
import dev.mige4j.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Trains encoder and denoiser jointly on all tasks: the stage {@code mige}.
 *
 * <pre>
 *   z, s, r = sampled latents of target, source and references      c = encoder(text, images, r)
 *   x_t     = √a_t (scale · z) + √(1 − a_t) n
 *   loss    = diffusion loss(denoiser(x_t, scale · s, t, c)) + Σ weight · auxiliary loss
 * </pre>
 *
 * Text, source or both are dropped from some samples.
 *
 * <p>How an example becomes a gradient: {@link TrainingDataset#example} → {@link FeatureExtractor}, once, into the
 * {@link FeatureCache} → {@link ExampleSampler} → {@link BatchCollator} → {@link MigeObjective} → {@link Trainer}.
 *
 * <p>With {@link MigeTrainingConfig#lora} the weights stay as they are, mapped if they are large, and low-rank adapters
 * of linear layers are trained ({@link LoraAdapter}).
 *
 * <p>Autoencoder and vision encoder are frozen, so their outputs are cached. The reference trains the norm behind the
 * vision encoder; here the first layer that reads it can learn the same. Source: MIGE section 3;
 * docs/specification/diffusion.md sections 7 and 8.
 */
public final class MigeTraining {

    private static final int SHARD_SIZE = 500;
    /** Larger models stay mapped in the type in which they are stored. */
    private static final long MAX_CONVERTED_WEIGHTS = 1L << 29;

    private final MigeTrainingConfig config;
    private final Path folder;
    private final InitialModel initial;
    private final ModelConfig model;
    private final Tokenizer tokenizer;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final DiffusionLoss diffusionLoss;
    private final List<AuxiliaryLoss> auxiliaryLosses = new ArrayList<>();
    private final ModelNetworks networks;
    private final Map<String, LoraAdapter> adapters; // by module; empty: all weights are trained
    private final FlatParameters parameters;
    private final String memory; // what the training needs, for the user; empty: nothing worth mentioning

    private MigeTraining(MigeTrainingConfig config, Path folder) {
        this.config = config;
        this.folder = folder;
        initial = config.initialization().load(config.model(), folder, config.seed());
        model = initial.config();
        tokenizer = Tokenizer.read(initial.vocabulary(), ClipModel.VOCABULARY_FILE);
        diffusionLoss = config.loss().create(NoiseSchedule.linear(), model.predictionType());
        Map<String, Tensor> auxiliaryTensors = new LinkedHashMap<>();
        Weights auxiliaryWeights = Weights.fresh(config.seed() + 2).recordingInto(auxiliaryTensors);
        for (AuxiliaryLossConfig loss : config.auxiliary().losses())
            auxiliaryLosses.add(loss.create(model, auxiliaryWeights));
        ShapeRecorder shapes = new ShapeRecorder();
        ModelNetworks.build(model, shapes.weights(), DType.F32);
        adapters = config.lora() == null ? Map.of() : initialAdapters(shapes);
        networks = buildNetworks(
                config.lora() != null && shapes.parameterCount() < MAX_CONVERTED_WEIGHTS
                        ? frozenWeights()
                        : initial.weights());
        Map<String, Tensor> trainable = new LinkedHashMap<>(namedTensors);
        trainable.putAll(auxiliaryTensors);
        requireFrozenPrefixes(trainable.keySet());
        if (config.lora() != null)
            trainable.keySet().removeIf(key -> !LoraExport.isAdapter(key) && !auxiliaryTensors.containsKey(key));
        memory = Engine.instance().isCpu() ? memory(trainable).check() : "";
        parameters = config.trainer().flatten(trainable, this::isTrained);
    }

    private boolean isTrained(String key) {
        return isTrainable(key) && !isFrozen(key);
    }

    private TrainingMemory memory(Map<String, Tensor> candidates) {
        ParameterGroups groups = new ParameterGroups(config.trainer().parameterGroups());
        Map<String, Tensor> trainable = new LinkedHashMap<>(candidates);
        trainable.keySet().removeIf(key -> !isTrained(key) || groups.isFrozen(key));
        DType dtype = config.network().dtype();
        int items = config.trainer().batchSize();
        long trained = 0, frozenBytes = 0;
        boolean converts = false;
        for (Tensor tensor : trainable.values()) trained += tensor.numel();
        for (var entry : namedTensors.entrySet()) {
            if (trainable.containsKey(entry.getKey())) continue;
            frozenBytes += entry.getValue().nbytes();
            converts |= entry.getValue().dtype() != dtype;
        }
        return TrainingMemory.of(
                model,
                frozenBytes,
                trained * TrainingMemory.bytesPerTrainedWeight(config.trainer().emaDecay() > 0),
                new TrainingMemory.Workload(
                        items * config.data().draws(),
                        items,
                        dtype.elementSize(),
                        converts || (config.lora() == null && dtype != DType.F32) ? dtype.elementSize() : 0,
                        config.network().gradientCheckpointing(),
                        trainable.keySet().stream().anyMatch(ModelFolder::isOfEncoder)),
                AvailableMemory.read());
    }

    /** A misspelt prefix would freeze nothing. */
    private void requireFrozenPrefixes(Collection<String> names) {
        for (String prefix : config.network().frozenPrefixes())
            if (names.stream().noneMatch(name -> name.startsWith(prefix)))
                throw new UsageException(
                        "network.frozenPrefixes: the name of no parameter begins with '%s'; the nearest name is '%s'.",
                        prefix, NearestName.find(prefix, names));
    }

    private boolean isFrozen(String key) {
        return config.network().frozenPrefixes().stream().anyMatch(key::startsWith);
    }

    /** The adapters of all target modules that are not frozen. */
    private Map<String, LoraAdapter> initialAdapters(ShapeRecorder shapes) {
        if (initial.fingerprint() == null)
            throw new UsageException("A LoRA is for one model folder, but the initial weights are not those of one: use"
                    + " the initialization 'pretrained' without another autoencoder or vision encoder, and 'model'"
                    + " null.");
        Map<String, LoraAdapter> selected = config.lora().config().init(shapes.linearLayers(), config.seed() + 3);
        selected.keySet().removeIf(module -> !isTrainable(module) || isFrozen(module));
        if (selected.isEmpty())
            throw new UsageException("network.frozenPrefixes or the vision encoder, which is never trained, hold all"
                    + " targets of the LoRA; name others in lora.targets.");
        return selected;
    }

    private ModelNetworks buildNetworks(Weights base) {
        AttentionProcessor fusionAttention = AttentionProcessor.DEFAULT, denoiserAttention = AttentionProcessor.DEFAULT;
        for (AuxiliaryLoss loss : auxiliaryLosses) {
            fusionAttention = loss.wrapFusionAttention(fusionAttention);
            denoiserAttention = loss.wrapDenoiserAttention(denoiserAttention);
        }
        Map<String, List<LoraAdapter>> byModule = new LinkedHashMap<>();
        adapters.forEach((module, adapter) -> byModule.put(module, List.of(adapter)));
        Weights weights = base.withAdapters(byModule).recordingInto(namedTensors);
        return ModelNetworks.build(model, weights, config.network().dtype(), fusionAttention, denoiserAttention);
    }

    /**
     * The weights of a small model, which is read into float32, in the type in which the networks compute, so that no
     * step converts them. Model folders are written in bfloat16, so nothing is lost.
     */
    private Weights frozenWeights() {
        DType dtype = config.network().dtype();
        if (dtype == DType.F32) return initial.weights();
        return Weights.from(new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                Tensor stored = initial.weights().get(key, init, shape);
                return stored.dtype() == DType.F32 ? Scope.unscoped(() -> stored.to(dtype)) : stored;
            }

            @Override
            public boolean has(String key) {
                return initial.weights().has(key);
            }
        });
    }

    /** Whether a tensor is trained: all but the frozen vision encoder with its norm, and the buffers. */
    static boolean isTrainable(String key) {
        return !key.startsWith("visual_encoder.")
                && !key.startsWith("ln_vision.")
                && !key.equals("y_embedder.y_embedding")
                && !key.equals("pos_embed");
    }

    /**
     * Trains into {@code folder}, resuming an earlier run; writes the model with averaged weights to
     * {@code folder/model}, or the adapters of a LoRA to {@code folder/lora.safetensors}.
     *
     * @param corpus opens the synthetic corpus at an image size; called only if a dataset needs it
     * @return the number of steps done
     */
    public static long run(
            MigeTrainingConfig config, Path folder, IntFunction<Corpus> corpus, TrainingListener listener) {
        return run(config, folder, corpus, listener, DataParallel.SINGLE_PROCESS);
    }

    /** The same as one of several processes; the first one of each machine computes missing features. */
    public static long run(
            MigeTrainingConfig config,
            Path folder,
            IntFunction<Corpus> corpus,
            TrainingListener listener,
            DataParallel dataParallel) {
        MigeTraining training = new MigeTraining(config, folder);
        Cluster cluster = dataParallel.cluster();
        if (!training.memory.isEmpty()) listener.onStage(training.memory);
        double start = (double) cluster.nodeRank() / cluster.nodes();
        try (MigeObjective objective =
                dataParallel.openOncePerMachine(() -> training.objective(corpus, start, listener))) {
            return new Trainer(config.trainer(), training.parameters, objective, folder, dataParallel).run(listener);
        }
    }

    /**
     * The losses of other weights on the held-out examples of a training.
     *
     * @param config of the training
     * @param folder of the training
     * @param weights the weights, such as the training's result
     * @param corpus opens the synthetic corpus at an image size; called only if a dataset needs it
     * @param draws of noise and time for each example, the same for all trainings with this seed
     */
    public static List<HeldOutLoss> heldOutLosses(
            MigeTrainingConfig config,
            Path folder,
            Initialization weights,
            IntFunction<Corpus> corpus,
            int draws,
            TrainingListener listener) {
        MigeTraining training = new MigeTraining(config.toEvaluate(weights), folder);
        try (MigeObjective objective = training.objective(corpus, 0, listener)) {
            return Scope.scoped(() -> Tensor.noGrad(() -> objective.heldOutLosses(draws)));
        }
    }

    private MigeObjective objective(IntFunction<Corpus> corpus, double start, TrainingListener listener) {
        MigeTrainingConfig.Data data = config.data();
        TrainingDataset dataset = data.dataset()
                .open(new DatasetContext(
                        model,
                        tokenizer,
                        data.seedOr(config.seed()),
                        folder,
                        new CorpusAtSize(corpus, model.imageSize())::get));
        FeatureCache cache = openCache(dataset, start, listener);
        BatchCollator collator = new BatchCollator(
                cache,
                networks.encoder()::layout,
                config.seed(),
                data.draws(),
                diffusionLoss::drawTimestep,
                new BatchCollator.SingleSubject(
                        data.singleSubjectRatio(),
                        List.of(tokenizer.encode(model.prompts().subject()), tokenizer.encode(""))));
        ExampleSampler sampler =
                new ExampleSampler(dataset, cache, data.heldOut(), data.groupWeights(), config.seed() + 1);
        ForwardPass forwardPass =
                new ForwardPass(model, networks, diffusionLoss, config.network().dtype());
        MigeValidation validation =
                new MigeValidation(config, forwardPass, initial.autoencoder(), cache, collator, export());
        return new MigeObjective(config, forwardPass, auxiliaryLosses, cache, sampler, collator, validation);
    }

    private FeatureCache openCache(TrainingDataset dataset, double start, TrainingListener listener) {
        MigeTrainingConfig.Data data = config.data();
        int examples = data.examplesOf(dataset.size());
        FeatureCache.Spec spec = new FeatureCache.Spec(
                FeatureCache.FORMAT,
                data.dataset().cacheKey() + dataset.fingerprint(),
                model.imageSize(),
                model.autoencoder().latentChannels(),
                model.latentSize(),
                patchesPerSide(),
                model.encoder().vision().tokens(),
                model.encoder().vision().width(),
                Math.min(SHARD_SIZE, examples),
                data.seedOr(config.seed()),
                Fingerprint.of(initial.frozenFiles()));
        FrozenEncoders encoders = new FrozenEncoders(
                model,
                initial.autoencoder(),
                networks.encoder(),
                config.network().dtype());
        Path cacheFolder = folder.resolve(data.featureCache()).normalize();
        FeatureExtractor extractor = new FeatureExtractor(dataset, tokenizer, encoders, patchesPerSide());
        return data.initialExamples() == 0
                ? FeatureCache.open(cacheFolder, spec, examples, start, extractor, listener)
                : FeatureCache.openGrowing(cacheFolder, spec, examples, data.initialExamples(), extractor, listener);
    }

    private int patchesPerSide() {
        return model.latentSize() / model.denoiser().patchSize();
    }

    private Runnable export() {
        return config.lora() == null
                ? new ModelExport(folder.resolve(ModelExport.FOLDER), initial, namedTensors)::write
                : new LoraExport(folder.resolve(LoraExport.FILE_NAME), initial.fingerprint(), config.lora(), adapters)
                        ::write;
    }
}

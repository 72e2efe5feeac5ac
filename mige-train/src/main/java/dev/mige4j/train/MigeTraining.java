package dev.mige4j.train;

import dev.mige4j.autoencoder.AutoEncoder;
import dev.mige4j.autoencoder.Latent;
import dev.mige4j.common.UsageException;
import dev.mige4j.corpus.Corpus;
import dev.mige4j.corpus.specification.ExampleSpec;
import dev.mige4j.corpus.specification.Split;
import dev.mige4j.corpus.specification.TaskKind;
import dev.mige4j.denoiser.Denoiser;
import dev.mige4j.denoiser.PreparedDenoiser;
import dev.mige4j.denoiser.TimestepEmbedding;
import dev.mige4j.encoder.Conditioning;
import dev.mige4j.encoder.MultimodalEncoder;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.sampler.DpmSolver;
import dev.mige4j.sampler.Guidance;
import dev.mige4j.sampler.NoiseModel;
import dev.mige4j.sampler.NoiseSchedule;
import dev.mige4j.sampler.Solver;
import dev.mige4j.tensor.DType;
import dev.mige4j.tensor.Rng;
import dev.mige4j.tensor.Scope;
import dev.mige4j.tensor.Tensor;
import dev.mige4j.text.Tokenizer;
import dev.mige4j.train.auxiliary.AttentionSupervision;
import dev.mige4j.train.auxiliary.ReconstructionLoss;
import dev.mige4j.train.clip.ClipModel;
import dev.mige4j.train.dataset.BatchCollator;
import dev.mige4j.train.dataset.FeatureCache;
import dev.mige4j.train.dataset.Fingerprint;
import dev.mige4j.train.dataset.FrozenEncoders;
import dev.mige4j.train.dataset.MigeDataSet;
import dev.mige4j.train.distributed.DataParallel;
import dev.mige4j.train.logging.ImageGrid;
import dev.mige4j.train.logging.MetricsLog;
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.IddpmLoss;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Checkpoint;
import dev.mige4j.weights.Init;
import dev.mige4j.weights.ModelFolder;
import dev.mige4j.weights.Weights;
import dev.mige4j.weights.format.SafeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Trains encoder and denoiser together on all tasks at once.
 *
 * <pre>
 *   z, s, r = drawn latents of target, source, references          said = encoder(words, pictures, r)
 *   x_t     = √a_t (scale · z) + √(1 − a_t) n
 *   loss    = {@link dev.mige4j.train.loss.IddpmLoss}(denoiser(x_t, scale · s, t, said))       words, source or both are dropped, 5 % each
 * </pre>
 *
 * <p>Frozen: autoencoder and image tower with its norm, so what they say of a record is computed once
 * ({@link dev.mige4j.train.dataset.FeatureCache}). The reference trains the norm behind the tower, which the first
 * layer that reads it can do as well. Source: MIGE section 3; docs/specification/diffusion.md sections 7 and 8.
 */
public final class MigeTraining {

    /**
     * @param seed of weights, records and order
     * @param model the model to make, its autoencoder's sizes being those of the trained one; null: that of
     *     {@code from}
     * @param records training examples in the cache
     * @param heldOut the last of them, kept for measuring
     * @param taskWeights how many times as often a kind is drawn as it is in the corpus; what is not named: once
     * @param maskWeight weight of the squared error inside the mask; 1: the same everywhere, as the reference
     * @param minSnrGamma limit of min-SNR weighting, see {@link dev.mige4j.train.loss.IddpmLoss}; 0: off, as the
     *     reference
     * @param reconstructionLossWeight weight of the {@link dev.mige4j.train.auxiliary.ReconstructionLoss}'s losses; 0:
     *     without, as the reference
     * @param reconstructionWarmupSamples samples of the beginning that teach the sketch only, while the denoiser waits;
     *     0: none, as the reference
     * @param singleSubjectRatio share of {@link dev.mige4j.train.dataset.BatchCollator portraits} among the samples
     *     with references; 0: none, as the reference
     * @param attentionSupervisionWeight weight of the {@link dev.mige4j.train.auxiliary.AttentionSupervision}'s losses;
     *     0: without, as the reference
     * @param matchOrientation whether only those records of the corpus train whose things are turned as their
     *     references show them, half of those with references; false: all
     * @param validationSamples held-out requests that are drawn at every validation
     * @param validationInferenceSteps solver steps for them
     * @param autoencoder folder of the trained autoencoder, relative to the training's; empty: the one of {@code from}
     * @param visionEncoder folder of the contrastive pair with the tower and the vocabulary, relative to the
     *     training's; empty: {@code from}'s
     * @param featureCache folder of the records, relative to the training's
     * @param pretrainedModel folder of a model to begin with, relative to the training's; empty: from birth
     * @param frozenPrefixes beginnings of keys that do not train, besides the tower's
     * @param gradientCheckpointing true: the denoiser's blocks are computed again for the gradient instead of kept;
     *     slower by a third, small in memory
     * @param dtype F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one here
     * @param dataSet a data set of one's own instead of the corpus; null: the corpus
     * @param trainer the loop
     */
    public record Config(
            long seed,
            ModelConfig model,
            int records,
            int heldOut,
            Map<TaskKind, Double> taskWeights,
            double maskWeight,
            double minSnrGamma,
            double reconstructionLossWeight,
            long reconstructionWarmupSamples,
            double singleSubjectRatio,
            double attentionSupervisionWeight,
            boolean matchOrientation,
            int validationSamples,
            int validationInferenceSteps,
            String autoencoder,
            String visionEncoder,
            String featureCache,
            String pretrainedModel,
            List<String> frozenPrefixes,
            boolean gradientCheckpointing,
            DType dtype,
            DataSetConfig dataSet,
            Trainer.Config trainer) {
        public Config {
            taskWeights = Map.copyOf(taskWeights);
            frozenPrefixes = List.copyOf(frozenPrefixes);
            if (pretrainedModel.isEmpty() && (model == null || autoencoder.isEmpty() || visionEncoder.isEmpty()))
                throw new UsageException(
                        "a training from birth needs model, autoencoder and tower; name a model folder in 'from' to go on with one");
            dtype = Trainer.resolveDtype(dtype);
            if (!(minSnrGamma >= 0)) throw new UsageException("snrLimit %s must be at least 0", minSnrGamma);
            if (!(reconstructionLossWeight >= 0))
                throw new UsageException("the sketch's weight %s must be at least 0", reconstructionLossWeight);
            if (reconstructionWarmupSamples > 0 && reconstructionLossWeight == 0)
                throw new UsageException("sketchFirst is %d, but there is no sketch", reconstructionWarmupSamples);
            if (!(singleSubjectRatio >= 0 && singleSubjectRatio <= 1))
                throw new UsageException("portraits %s must be from 0 to 1", singleSubjectRatio);
            if (!(attentionSupervisionWeight >= 0))
                throw new UsageException("the gaze's weight %s must be at least 0", attentionSupervisionWeight);
            if (attentionSupervisionWeight > 0 && gradientCheckpointing)
                throw new UsageException(
                        "a gaze cannot be followed through blocks that are computed again; set gaze 0 or recompute false");
            if (heldOut < 1 || heldOut >= records)
                throw new UsageException("heldOut %d must be from 1 to below records %d", heldOut, records);
        }
    }

    /**
     * A data set in the reference's format: its root, lists of items relative to the training's folder, and the
     * resolution of its features.
     */
    public record DataSetConfig(String root, List<String> itemLists, int resolution) {}

    private static final String MODEL_FOLDER = "model";
    /** What a place that is not told counts beside a patch that is missed. */
    private static final double PATCH_CLASSIFICATION_WEIGHT = 0.2;
    /** Records of a file of the cache. */
    private static final int SHARD_SIZE = 500;

    private final Config config;
    private final ModelConfig model;
    private final Path folder;
    private final Tokenizer tokenizer;
    private final byte[] vocabulary;
    private final AutoEncoder autoencoder;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>(), autoencoderTensors = new LinkedHashMap<>();
    private final Denoiser denoiser;
    private final MultimodalEncoder encoder;
    private final FlatParameters parameters;
    private final IddpmLoss diffusionLoss;
    private final AttentionSupervision attentionSupervision; // null: without
    private final ReconstructionLoss reconstructionLoss; // null: without
    private final FeatureCache featureCache;
    private final BatchCollator collator;
    private final int[][] recordsByKind;
    private final double[] samplingWeights;

    private MigeTraining(Config config, Path folder, Supplier<Corpus> corpus, TrainingListener listener) {
        this.config = config;
        this.folder = folder;
        BaseModel base = config.pretrainedModel().isEmpty() ? null : new BaseModel(resolve(config.pretrainedModel()));
        Path autoencoderFolder = resolve(config.autoencoder()), visionEncoderFolder = resolve(config.visionEncoder());
        ModelConfig baseConfig = config.model() == null ? ModelConfig.read(base.folder) : config.model();
        AutoEncoder.Config autoencoderConfig = config.autoencoder().isEmpty()
                ? ModelConfig.read(base.folder).autoencoder()
                : VaeTraining.readConfig(autoencoderFolder);
        model = new ModelConfig(
                baseConfig.name(),
                baseConfig.imageSize(),
                baseConfig.encoder(),
                baseConfig.denoiser(),
                autoencoderConfig,
                baseConfig.prompts(),
                baseConfig.timestepRounding(),
                baseConfig.predictionType(),
                baseConfig.positionalPatchFeatures(),
                baseConfig.defaults());
        diffusionLoss = new IddpmLoss(NoiseSchedule.linear(), model.predictionType());
        autoencoder = config.autoencoder().isEmpty()
                ? new AutoEncoder(autoencoderConfig, base.checkpoint.weights().recordingInto(autoencoderTensors))
                : VaeTraining.load(autoencoderFolder, autoencoderTensors);
        vocabulary = readVocabulary((config.visionEncoder().isEmpty() ? base.folder : visionEncoderFolder)
                .resolve(ClipModel.VOCABULARY_FILE));
        tokenizer = Tokenizer.read(vocabulary, ClipModel.VOCABULARY_FILE);
        Weights initialWeights = base == null ? Weights.fresh(config.seed()) : base.checkpoint.weights();
        Weights weights = (config.visionEncoder().isEmpty()
                        ? initialWeights
                        : withVisionEncoder(visionEncoderFolder, initialWeights))
                .recordingInto(namedTensors);
        attentionSupervision = config.attentionSupervisionWeight() == 0 ? null : new AttentionSupervision(model);
        ModelNetworks networks = attentionSupervision == null
                ? ModelNetworks.build(model, weights, config.dtype())
                : ModelNetworks.build(
                        model,
                        weights,
                        config.dtype(),
                        attentionSupervision.fusionAttention(),
                        attentionSupervision.denoiserAttention());
        denoiser = networks.denoiser();
        encoder = networks.encoder();
        List<Path> weightFiles = new ArrayList<>();
        if (config.autoencoder().isEmpty() || config.visionEncoder().isEmpty())
            weightFiles.addAll(Checkpoint.weightFiles(base.folder));
        if (!config.autoencoder().isEmpty()) weightFiles.add(autoencoderFolder.resolve(VaeTraining.WEIGHTS_FILE));
        if (!config.visionEncoder().isEmpty()) weightFiles.add(visionEncoderFolder.resolve(ClipModel.WEIGHTS_FILE));
        FeatureCache.Spec cacheSpec = new FeatureCache.Spec(
                model.imageSize(),
                model.autoencoder().latentChannels(),
                model.latentSize(),
                model.encoder().vision().tokens(),
                model.encoder().vision().width(),
                Math.min(SHARD_SIZE, config.records()),
                config.seed(),
                Fingerprint.of(weightFiles));
        FrozenEncoders frozenEncoders = new FrozenEncoders(model, autoencoder, encoder, config.dtype());
        LazyExtractor extractor = new LazyExtractor(() -> config.dataSet() == null
                ? new CorpusFeatureExtractor(corpus.get(), config.seed(), tokenizer, frozenEncoders)
                : new DataSetFeatureExtractor(
                        MigeDataSet.open(
                                resolve(config.dataSet().root()),
                                config.dataSet().resolution(),
                                config.dataSet().itemLists().stream()
                                        .map(this::resolve)
                                        .toArray(Path[]::new)),
                        tokenizer,
                        frozenEncoders));
        featureCache = FeatureCache.open(
                resolve(config.featureCache()),
                cacheSpec,
                config.records(),
                (first, count) -> extractor.get().extract(first, count),
                listener);
        Map<String, Tensor> trainable = new LinkedHashMap<>(namedTensors);
        reconstructionLoss = config.reconstructionLossWeight() == 0
                ? null
                : new ReconstructionLoss(
                        model.encoder().text().width(),
                        model.autoencoder().latentChannels(),
                        model.latentSize(),
                        model.encoder().qFormer().numQueries(),
                        model.encoder().imageSlots(),
                        Weights.fresh(config.seed() + 2).recordingInto(trainable));
        parameters = new FlatParameters(
                trainable,
                key -> isTrainable(key) && config.frozenPrefixes().stream().noneMatch(key::startsWith));
        int patchesPerSide = model.latentSize() / model.denoiser().patchSize();
        IntFunction<ExampleSpec> itemOf = i -> corpus.get().exampleSpec(Split.TRAIN, config.seed(), i);
        collator = new BatchCollator(
                featureCache,
                cacheSpec,
                encoder::layout,
                config.seed(),
                diffusionLoss.numTimesteps(),
                config.singleSubjectRatio(),
                List.of(tokenizer.encode(model.prompts().subject()), tokenizer.encode("")),
                patchesPerSide * patchesPerSide,
                i -> config.attentionSupervisionWeight() == 0 || config.dataSet() != null
                        ? null
                        : corpus.get().patchCorrespondence(itemOf.apply(i), patchesPerSide));
        recordsByKind = new int[TaskKind.values().length][];
        samplingWeights = new double[recordsByKind.length];
        for (TaskKind kind : TaskKind.values()) {
            recordsByKind[kind.ordinal()] = IntStream.range(0, config.records() - config.heldOut())
                    .filter(i -> featureCache.taskKind(i) == kind)
                    .filter(i -> !config.matchOrientation()
                            || config.dataSet() != null
                            || Corpus.matchesOrientation(itemOf.apply(i)))
                    .toArray();
            samplingWeights[kind.ordinal()] =
                    recordsByKind[kind.ordinal()].length * config.taskWeights().getOrDefault(kind, 1.0);
        }
    }

    private Path resolve(String relative) {
        return folder.resolve(relative).normalize();
    }

    /** What trains: all but the frozen tower, its norm, and the buffers. */
    static boolean isTrainable(String key) {
        return !key.startsWith("visual_encoder.")
                && !key.startsWith("ln_vision.")
                && !key.equals("y_embedder.y_embedding")
                && !key.equals("pos_embed");
    }

    /**
     * Trains into {@code folder}, going on where an earlier run stopped; the averaged model lies in
     * {@code folder/model}.
     */
    public static long run(Config config, Path folder, Supplier<Corpus> corpus, TrainingListener listener) {
        return run(config, folder, corpus, listener, DataParallel.SINGLE_PROCESS);
    }

    /** The same as one of a crew; the first of it makes missing records while the others wait. */
    public static long run(
            Config config, Path folder, Supplier<Corpus> corpus, TrainingListener listener, DataParallel dataParallel) {
        if (dataParallel.rank() > 0) dataParallel.barrier();
        MigeTraining training = new MigeTraining(config, folder, corpus, listener);
        if (dataParallel.rank() == 0) dataParallel.barrier();
        JointObjective objective = training.new JointObjective();
        Trainer trainer = new Trainer(config.trainer(), training.parameters, objective, folder, dataParallel);
        long steps = trainer.run(listener);
        if (dataParallel.rank() == 0) training.parameters.withValues(trainer.emaWeights(), training::export);
        return steps;
    }

    private static byte[] readVocabulary(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UsageException(
                    "there is no vocabulary %s; `mige train clip` writes one, and every model folder holds one", file);
        }
    }

    /** A model folder to go on with; small ones are read into float32, big ones stay mapped as they are stored. */
    private static final class BaseModel {
        private static final long MAX_FLOAT32_BYTES = 1L << 30;
        final Path folder;
        final Checkpoint checkpoint;

        BaseModel(Path folder) {
            this.folder = folder;
            long bytes = Checkpoint.weightFiles(folder).stream()
                    .mapToLong(f -> f.toFile().length())
                    .sum();
            checkpoint = Checkpoint.open(
                    bytes < MAX_FLOAT32_BYTES ? Checkpoint.LoadDType.FLOAT32 : Checkpoint.LoadDType.AS_STORED, folder);
        }
    }

    /** The tower as it was trained, the rest as it begins. */
    private static Weights withVisionEncoder(Path visionEncoderFolder, Weights initialWeights) {
        Weights pretrained = Checkpoint.open(visionEncoderFolder.resolve(ClipModel.WEIGHTS_FILE))
                .weights();
        return Weights.from(new Weights.Source() {
            @Override
            public Tensor get(String key, Init init, long... shape) {
                return (isVisionEncoderKey(key) ? pretrained : initialWeights).get(key, init, shape);
            }

            @Override
            public boolean has(String key) {
                return (isVisionEncoderKey(key) ? pretrained : initialWeights).has(key);
            }
        });
    }

    private static boolean isVisionEncoderKey(String key) {
        return key.startsWith("visual_encoder.") || key.startsWith("ln_vision.");
    }

    /** Writes the weights as they are now as a model folder, bfloat16. */
    private void export() {
        try {
            Path modelFolder = Files.createDirectories(folder.resolve(MODEL_FOLDER));
            Map<String, List<SafeTensors.TensorData>> files = new LinkedHashMap<>();
            namedTensors.forEach((key, tensor) -> files.computeIfAbsent(ModelFolder.fileOf(key), f -> new ArrayList<>())
                    .add(TrainingState.tensorItem(key, tensor, DType.BF16)));
            for (var file : files.entrySet())
                SafeTensors.write(
                        modelFolder.resolve(file.getKey()), Map.of("made_by", "mige train mige"), file.getValue());
            SafeTensors.write(
                    modelFolder.resolve(ModelFolder.AUTOENCODER),
                    Map.of("made_by", "mige train vae"),
                    autoencoderTensors.entrySet().stream()
                            .map(e -> TrainingState.tensorItem(e.getKey(), e.getValue(), DType.BF16))
                            .toList());
            Files.write(modelFolder.resolve(ClipModel.VOCABULARY_FILE), vocabulary);
            Files.writeString(modelFolder.resolve(ModelConfig.FILE_NAME), model.toJson());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class JointObjective implements Trainer.Objective {

        @Override
        public Trainer.Loss loss(long firstSample, int count) {
            int[] records = new int[count];
            for (int i = 0; i < count; i++) records[i] = sampleRecord(new Rng(config.seed() + 1, firstSample + i));
            BatchCollator.Batch batch = collator.collate(records, firstSample, true);
            if (attentionSupervision != null) attentionSupervision.startBatch(batch);
            DenoiserInputs inputs = denoiserInputs(batch);
            if (firstSample < config.reconstructionWarmupSamples())
                return addAuxiliaryLosses(inputs, Tensor.zeros(), Map.of());
            if (!config.gradientCheckpointing()) {
                IddpmLoss.Losses losses = losses(inputs);
                return addAuxiliaryLosses(inputs, losses.mean(), metrics(losses));
            }
            Map<String, Tensor> metrics = new LinkedHashMap<>();
            Tensor denoisingLoss = denoiser.gradientCheckpointedLoss(
                    inputs.noisyLatents.to(config.dtype()),
                    inputs.source,
                    inputs.timesteps,
                    inputs.textStates,
                    inputs.conditioning.lengths(),
                    prediction -> {
                        IddpmLoss.Losses losses = losses(inputs, prediction);
                        metrics.putAll(metrics(losses));
                        return losses.mean();
                    });
            return addAuxiliaryLosses(inputs, denoisingLoss, metrics);
        }

        private Trainer.Loss addAuxiliaryLosses(DenoiserInputs inputs, Tensor total, Map<String, Tensor> metrics) {
            Map<String, Tensor> allMetrics = new LinkedHashMap<>(metrics);
            if (attentionSupervision != null) {
                Tensor supervisionLoss = attentionSupervision.loss();
                allMetrics.put("gaze", supervisionLoss.detach());
                total = total.add(supervisionLoss.mul(config.attentionSupervisionWeight()));
            }
            if (reconstructionLoss == null) return new Trainer.Loss(total, allMetrics);
            double scale = model.autoencoder().scalingFactor();
            Tensor auxiliaryLoss = reconstructionLoss.differenceLoss(
                    inputs.conditioning,
                    inputs.latents,
                    inputs.batch.sourceLatents().mul(scale));
            allMetrics.put("sketch", auxiliaryLoss.detach());
            if (inputs.batch.referenceLatents() != null) {
                ReconstructionLoss.ReferenceLosses referenceLosses = reconstructionLoss.referenceLosses(
                        inputs.conditioning,
                        inputs.batch.layouts(),
                        inputs.batch.referenceCounts(),
                        inputs.batch.referenceLatents().mul(scale));
                allMetrics.put("sketch_shown", referenceLosses.reconstruction().detach());
                allMetrics.put(
                        "sketch_places", referenceLosses.patchClassification().detach());
                auxiliaryLoss = auxiliaryLoss
                        .add(referenceLosses.reconstruction())
                        .add(referenceLosses.patchClassification().mul(PATCH_CLASSIFICATION_WEIGHT));
            }
            return new Trainer.Loss(total.add(auxiliaryLoss.mul(config.reconstructionLossWeight())), allMetrics);
        }

        private Map<String, Tensor> metrics(IddpmLoss.Losses losses) {
            return Map.of(
                    "mse",
                    losses.mse().mean().detach(),
                    "vb",
                    losses.vb().mean().detach());
        }

        private int sampleRecord(Rng rng) {
            double totalWeight = Arrays.stream(samplingWeights).sum(), remaining = rng.nextDouble() * totalWeight;
            int kindIndex = 0;
            while (kindIndex < samplingWeights.length - 1 && (remaining -= samplingWeights[kindIndex]) >= 0)
                kindIndex++;
            while (recordsByKind[kindIndex].length == 0) kindIndex--;
            return recordsByKind[kindIndex][rng.nextInt(recordsByKind[kindIndex].length)];
        }

        /** What the denoiser is shown of a batch, and what it is to answer. */
        private record DenoiserInputs(
                BatchCollator.Batch batch,
                Tensor latents,
                Tensor noisyLatents,
                Tensor source,
                Tensor timesteps,
                Conditioning conditioning,
                Tensor textStates) {}

        private DenoiserInputs denoiserInputs(BatchCollator.Batch batch) {
            double scale = model.autoencoder().scalingFactor();
            Conditioning conditioning = conditioning(batch, imageTokens(batch));
            Tensor textStates = conditioning.states();
            if (batch.anyTextDropped()) {
                Tensor nullText = denoiser.nullText()
                        .narrow(0, 0, textStates.size(1))
                        .unsqueeze(0)
                        .typeAs(textStates);
                textStates = Tensor.where(batch.textKept().gt(0.5), textStates, nullText);
            }
            Tensor latents = batch.targetLatents().mul(scale);
            return new DenoiserInputs(
                    batch,
                    latents,
                    diffusionLoss.addNoise(latents, batch.noise(), batch.timesteps()),
                    batch.sourceLatents().mul(scale).to(config.dtype()),
                    roundedTimesteps(batch.timesteps()),
                    conditioning,
                    textStates);
        }

        private IddpmLoss.Losses losses(DenoiserInputs inputs) {
            return losses(
                    inputs,
                    denoiser.forward(
                            inputs.noisyLatents.to(config.dtype()),
                            inputs.source,
                            inputs.timesteps,
                            inputs.textStates,
                            inputs.conditioning.lengths()));
        }

        private IddpmLoss.Losses losses(DenoiserInputs inputs, Tensor prediction) {
            Tensor spatialWeights = config.maskWeight() == 1
                    ? null
                    : inputs.batch.mask().mul(config.maskWeight() - 1).add(1);
            return diffusionLoss.compute(
                    prediction.to(DType.F32),
                    inputs.latents,
                    inputs.batch.noise(),
                    inputs.noisyLatents,
                    inputs.batch.timesteps(),
                    spatialWeights,
                    config.minSnrGamma());
        }

        /** As the network will always see them: the published one knows them rounded to bfloat16 only. */
        private Tensor roundedTimesteps(int[] timesteps) {
            Tensor exact = Tensor.of(timesteps, timesteps.length).to(DType.F32);
            return model.timestepRounding() == TimestepEmbedding.TimestepRounding.NONE
                    ? exact
                    : exact.to(DType.BF16).to(DType.F32);
        }

        /** Embeddings [n, Q, E] of all references; null where there is none. */
        private Tensor imageTokens(BatchCollator.Batch batch) {
            return batch.visionFeatures() == null
                    ? null
                    : encoder.fuse(batch.visionFeatures(), batch.referenceLatents());
        }

        private Conditioning conditioning(BatchCollator.Batch batch, Tensor allImageTokens) {
            List<Tensor> imageTokens = new ArrayList<>();
            int offset = 0;
            for (int n : batch.referenceCounts()) {
                imageTokens.add(n == 0 ? null : allImageTokens.narrow(0, offset, n));
                offset += n;
            }
            return encoder.encodeWithImageEmbeddings(batch.layouts(), imageTokens);
        }

        @Override
        public void validate(long step, MetricsLog log) {
            int firstHeldOut = config.records() - config.heldOut(),
                    batchSize = config.trainer().batchSize();
            Map<String, double[]> sums = new java.util.TreeMap<>();
            for (int from = firstHeldOut; from < config.records(); from += batchSize) {
                int[] records = IntStream.range(from, Math.min(config.records(), from + batchSize))
                        .toArray();
                float[] mse = Scope.scoped(() -> losses(
                                denoiserInputs(collator.collate(records, -1L - config.records() + records[0], false)))
                        .mse()
                        .toFloatArray());
                for (int i = 0; i < records.length; i++) {
                    for (String name : List.of(
                            "held_out",
                            "held_out_" + featureCache.taskKind(records[i]).task())) {
                        double[] sum = sums.computeIfAbsent(name, n -> new double[2]);
                        sum[0] += mse[i];
                        sum[1]++;
                    }
                }
            }
            Map<String, Double> means = new LinkedHashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
            log.logScalars(step, means);
            if (config.validationSamples() > 0)
                log.logImage(step, "validation", Scope.scoped(() -> ImageGrid.rows(validationImages())));
            export();
        }

        /** The same held-out requests each time, one a kind as far as they go: source, what is made, what should be. */
        private Tensor[] validationImages() {
            int[] records = validationRecords();
            BatchCollator.Batch batch = collator.collate(records, -1L, false);
            Conditioning conditioning = conditioning(batch, imageTokens(batch));
            double scale = model.autoencoder().scalingFactor();
            Guidance guidance = new Guidance(model.defaults().editGuidance(), 1);
            var branches = guidance.branches();
            PreparedDenoiser prepared = denoiser.prepare(
                    branches,
                    batch.sourceLatents().mul(scale),
                    conditioning.states(),
                    conditioning.lengths(),
                    TimestepEmbedding.TimestepRounding.NONE);
            Tensor noise = Latent.noise(
                            config.seed(),
                            0,
                            records.length,
                            model.autoencoder().latentChannels(),
                            model.latentSize(),
                            model.latentSize())
                    .values();
            NoiseModel noiseModel = model.predictionType().toNoiseModel(prepared::predict, NoiseSchedule.linear());
            Tensor latents = Solver.of(
                            model.defaults().ancestral(), model.defaults().clipSampleRange())
                    .sample(
                            noise,
                            guidance.around(branches, noiseModel, DType.F32),
                            config.validationInferenceSteps(),
                            new Rng(config.seed(), -3),
                            DpmSolver.StepListener.NONE);
            return new Tensor[] {
                autoencoder.decodeRaw(batch.sourceLatents()),
                autoencoder.decode(new Latent(latents)),
                autoencoder.decodeRaw(batch.targetLatents())
            };
        }

        private int[] validationRecords() {
            List<Integer> selected = new ArrayList<>();
            int firstHeldOut = config.records() - config.heldOut();
            List<Integer> remaining = new ArrayList<>(
                    IntStream.range(firstHeldOut, config.records()).boxed().toList());
            while (selected.size() < config.validationSamples() && !remaining.isEmpty()) {
                for (TaskKind kind : TaskKind.values()) {
                    remaining.stream()
                            .filter(i -> featureCache.taskKind(i) == kind)
                            .findFirst()
                            .ifPresent(i -> {
                                if (selected.size() < config.validationSamples()) selected.add(i);
                                remaining.remove(i);
                            });
                }
            }
            return selected.stream().mapToInt(i -> i).toArray();
        }
    }

    /** Made when first asked for. */
    private static final class LazyExtractor {
        private final Supplier<FeatureCache.FeatureExtractor> supplier;
        private FeatureCache.FeatureExtractor extractor;

        LazyExtractor(Supplier<FeatureCache.FeatureExtractor> supplier) {
            this.supplier = supplier;
        }

        FeatureCache.FeatureExtractor get() {
            if (extractor == null) extractor = supplier.get();
            return extractor;
        }
    }
}

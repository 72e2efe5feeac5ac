package dev.mige4j.train;

import dev.mige4j.corpus.Corpus;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.pipeline.ModelNetworks;
import dev.mige4j.sampler.NoiseSchedule;
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
import dev.mige4j.train.logging.TrainingListener;
import dev.mige4j.train.loss.DiffusionLoss;
import dev.mige4j.train.optimizer.FlatParameters;
import dev.mige4j.weights.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
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
 * <p>Autoencoder and vision encoder are frozen, so their outputs are cached. The reference trains the norm behind the
 * vision encoder; here the first layer that reads it can learn the same. Source: MIGE section 3;
 * docs/specification/diffusion.md sections 7 and 8.
 */
public final class MigeTraining {

    private static final int SHARD_SIZE = 500;

    private final MigeTrainingConfig config;
    private final Path folder;
    private final InitialModel initial;
    private final ModelConfig model;
    private final Tokenizer tokenizer;
    private final Map<String, Tensor> namedTensors = new LinkedHashMap<>();
    private final DiffusionLoss diffusionLoss;
    private final List<AuxiliaryLoss> auxiliaryLosses = new ArrayList<>();
    private final ModelNetworks networks;
    private final FlatParameters parameters;

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
        networks = buildNetworks();
        Map<String, Tensor> trainable = new LinkedHashMap<>(namedTensors);
        trainable.putAll(auxiliaryTensors);
        parameters = config.trainer().flatten(
                trainable,
                key -> isTrainable(key)
                        && config.network().frozenPrefixes().stream().noneMatch(key::startsWith));
    }

    private ModelNetworks buildNetworks() {
        AttentionProcessor fusionAttention = AttentionProcessor.DEFAULT, denoiserAttention = AttentionProcessor.DEFAULT;
        for (AuxiliaryLoss loss : auxiliaryLosses) {
            fusionAttention = loss.wrapFusionAttention(fusionAttention);
            denoiserAttention = loss.wrapDenoiserAttention(denoiserAttention);
        }
        Weights weights = initial.weights().recordingInto(namedTensors);
        return ModelNetworks.build(model, weights, config.network().dtype(), fusionAttention, denoiserAttention);
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
     * {@code folder/model}.
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
        double start = (double) cluster.nodeRank() / cluster.nodes();
        try (MigeObjective objective =
                dataParallel.openOncePerMachine(() -> training.objective(corpus, start, listener))) {
            return new Trainer(config.trainer(), training.parameters, objective, folder, dataParallel).run(listener);
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
                new MigeValidation(config, forwardPass, initial.autoencoder(), cache, collator, modelExport());
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

    private ModelExport modelExport() {
        return new ModelExport(folder.resolve(ModelExport.FOLDER), initial, namedTensors);
    }
}

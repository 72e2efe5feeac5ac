package dev.mige4j.train;

import dev.mige4j.common.UsageException;
import dev.mige4j.pipeline.ModelConfig;
import dev.mige4j.tensor.DType;
import dev.mige4j.train.auxiliary.AuxiliaryLossConfig;
import dev.mige4j.train.config.ConfigKey;
import dev.mige4j.train.dataset.DatasetConfig;
import dev.mige4j.train.initialization.Initialization;
import dev.mige4j.train.loss.DiffusionLossConfig;
import dev.mige4j.weights.lora.LoraConfig;
import dev.mige4j.weights.lora.LoraMetadata;
import java.util.List;
import java.util.Map;

/** The configuration of {@link MigeTraining}. */
public record MigeTrainingConfig(
        @ConfigKey("seed of initial weights, examples and random draws")
        long seed,

        @ConfigKey(
                "sizes, prompts and defaults of the model, as in a model's config.json; null: those of the pretrained"
                        + " model")
        ModelConfig model,

        @ConfigKey("initial weights") Initialization initialization,

        @ConfigKey(
                value = "LoRA: low-rank adapters that are trained instead of the weights of a pretrained model, and"
                        + " exported as one small file; null: all weights are trained",
                defaultValue = "null")
        LoraTraining lora,

        @ConfigKey("examples") Data data,
        @ConfigKey("loss of the denoiser") DiffusionLossConfig loss,
        @ConfigKey("auxiliary losses") Auxiliary auxiliary,
        @ConfigKey("how the networks compute") Network network,

        @ConfigKey("images that validation generates besides the held-out loss")
        Validation validation,

        @ConfigKey("the training loop") Trainer.Config trainer) {

    /** Examples and how they are sampled. */
    public record Data(
            @ConfigKey("source of the examples") DatasetConfig dataset,

            @ConfigKey("folder of the cached features, relative to the output folder")
            String featureCache,

            @ConfigKey("number of examples, held-out ones included; null: all of a dataset of records")
            Integer examples,

            @ConfigKey("number of examples at the start that are held out for validation")
            int heldOut,

            @ConfigKey(
                    value = "number of examples after whose features the training starts, while those of the others are"
                            + " still being computed; then a resumed training does not sample the same examples; 0: it"
                            + " starts after all",
                    defaultValue = "0")
            int initialExamples,

            @ConfigKey(
                    value = "draws of noise and timestep of each sample: it passes the encoder once and the denoiser"
                            + " this many times",
                    defaultValue = "1")
            int draws,

            @ConfigKey("how many times as often examples of a group are sampled; 1 for groups that are not named")
            Map<String, Double> groupWeights,

            @ConfigKey("share, 0 to 1, of the samples with references that only ask for one of the references")
            double singleSubjectRatio,

            @ConfigKey(
                    value = "seed of the examples, for trainings with different seeds that share a feature cache; null:"
                            + " that of the training",
                    defaultValue = "null")
            Long seed) {
        public Data {
            UsageException.requireNonNull(dataset, "dataset");
            groupWeights = Map.copyOf(groupWeights);
            groupWeights.forEach((group, weight) -> {
                if (!(weight >= 0 && Double.isFinite(weight)))
                    throw new UsageException(
                            "data.groupWeights of '%s' is %s, expected a number of at least 0.", group, weight);
            });
            if (examples != null) requireExamples(examples, heldOut, initialExamples);
            if (draws < 1) throw new UsageException("data.draws is %d, expected at least 1.", draws);
            if (!(singleSubjectRatio >= 0 && singleSubjectRatio <= 1))
                throw new UsageException("data.singleSubjectRatio is %s, expected 0 to 1.", singleSubjectRatio);
        }

        /** Examples with the seed of the training. */
        public Data(
                DatasetConfig dataset,
                String featureCache,
                Integer examples,
                int heldOut,
                int initialExamples,
                int draws,
                Map<String, Double> groupWeights,
                double singleSubjectRatio) {
            this(
                    dataset,
                    featureCache,
                    examples,
                    heldOut,
                    initialExamples,
                    draws,
                    groupWeights,
                    singleSubjectRatio,
                    null);
        }

        /** The seed of the examples in a training with this seed. */
        long seedOr(long trainingSeed) {
            return seed == null ? trainingSeed : seed;
        }

        /**
         * The number of examples.
         *
         * @param available how many the dataset has
         */
        int examplesOf(int available) {
            if (examples != null && examples > available)
                throw new UsageException(
                        "data.examples is %d, but the dataset has %d; null takes all.", examples, available);
            if (examples == null && available == Integer.MAX_VALUE)
                throw new UsageException(
                        "data.examples is null, which means all, but this dataset has no end; give a number.");
            int number = examples == null ? available : examples;
            requireExamples(number, heldOut, initialExamples);
            return number;
        }

        private static void requireExamples(int number, int heldOut, int initialExamples) {
            if (heldOut < 1 || heldOut >= number)
                throw new UsageException(
                        "data.heldOut is %d, expected 1 to less than the number of examples, %d.", heldOut, number);
            if (initialExamples != 0 && (initialExamples <= heldOut || initialExamples > number))
                throw new UsageException(
                        "data.initialExamples is %d, expected 0, or more than data.heldOut, %d, up to the number of"
                                + " examples, %d.",
                        initialExamples, heldOut, number);
        }
    }

    /** Auxiliary losses. */
    public record Auxiliary(
            @ConfigKey("samples at the start that train the auxiliary losses only, without the denoiser")
            long warmupSamples,

            @ConfigKey("losses that are added to the denoiser's, each with a weight")
            List<AuxiliaryLossConfig> losses) {

        /** No auxiliary losses. */
        public static final Auxiliary NONE = new Auxiliary(0, List.of());

        public Auxiliary {
            losses = List.copyOf(losses);
            if (warmupSamples < 0)
                throw new UsageException("auxiliary.warmupSamples is %d, expected at least 0.", warmupSamples);
            for (AuxiliaryLossConfig loss : losses)
                if (!(loss.weight() > 0))
                    throw new UsageException(
                            "The weight of an auxiliary loss is %s, expected more than 0; remove the loss to train"
                                    + " without it.",
                            loss.weight());
            if (warmupSamples > 0 && losses.isEmpty())
                throw new UsageException("auxiliary.warmupSamples is %d, but there are no losses.", warmupSamples);
        }
    }

    /** The adapters of a LoRA training. */
    public record LoraTraining(
            @ConfigKey(value = "rank r of the adapters A [r, in] and B [out, r]", defaultValue = "16")
            int rank,

            @ConfigKey(value = "the update is scaled by alpha / rank; null: the rank", defaultValue = "null")
            Double alpha,

            @ConfigKey(
                    value = "linear layers: their names, or endings of them such as attn.qkv; null: the projections of"
                            + " attention and MLP in the denoiser's blocks and in the feature fusion",
                    defaultValue = "null")
            List<String> targets,

            @ConfigKey(
                    value = "the word that instructions use for what is taught, recorded in the file; empty: none",
                    defaultValue = "\"\"")
            String trigger) {

        /** Of these adapters, without a word. */
        public static LoraTraining of(LoraConfig config) {
            return new LoraTraining(config.rank(), config.alpha(), config.targets(), "");
        }

        public LoraTraining {
            targets = targets == null ? null : List.copyOf(targets);
            trigger = trigger == null ? "" : trigger;
            if (trigger.length() > LoraMetadata.MAX_TEXT_LENGTH)
                throw new UsageException(
                        "lora.trigger has %d characters, expected at most %d.",
                        trigger.length(), LoraMetadata.MAX_TEXT_LENGTH);
        }

        /**
         * Rank, alpha and targets.
         *
         * @throws UsageException when one is out of range
         */
        public LoraConfig config() {
            return new LoraConfig(rank, alpha == null ? rank : alpha, targets);
        }
    }

    /** Precision, memory and frozen parameters. */
    public record Network(
            @ConfigKey(
                    "F32, or BF16 for products in bfloat16 over float32 weights; null: the faster one on this machine")
            DType dtype,

            @ConfigKey("true recomputes the blocks of denoiser and text encoder for the gradient: a third slower, less"
                    + " memory")
            boolean gradientCheckpointing,

            @ConfigKey("prefixes of the keys of further parameters that are not trained")
            List<String> frozenPrefixes) {
        public Network {
            dtype = Trainer.resolveDtype(dtype);
            frozenPrefixes = List.copyOf(frozenPrefixes);
        }
    }

    /** Images that every validation generates. */
    public record Validation(
            @ConfigKey("number of held-out examples for which images are generated; 0: none")
            int samples,

            @ConfigKey("solver steps for these images") int inferenceSteps) {
        public Validation {
            if (samples < 0 || inferenceSteps < 1)
                throw new UsageException(
                        "validation.samples is %d and validation.inferenceSteps is %d, expected at least 0 and 1.",
                        samples, inferenceSteps);
        }
    }

    /** The same data and loss for the weights of another initialization, without auxiliary losses. */
    MigeTrainingConfig toEvaluate(Initialization weights) {
        return new MigeTrainingConfig(
                seed, model, weights, null, data, loss, Auxiliary.NONE, network, validation, trainer);
    }

    public MigeTrainingConfig {
        UsageException.requireNonNull(initialization, "initialization");
        if (lora != null) lora.config(); // checks the values
        if (trainer.earlyStopping() != null && data.heldOut() == 0)
            throw new UsageException(
                    "trainer.earlyStopping needs held-out examples, but data.heldOut is 0; give their number.");
        if (network.gradientCheckpointing()
                && auxiliary.losses().stream().anyMatch(aux -> !aux.supportsGradientCheckpointing()))
            throw new UsageException(
                    "An auxiliary loss needs the denoiser's attention, which network.gradientCheckpointing"
                            + " recomputes; switch one of them off.");
    }

    /** Trains all weights. */
    public MigeTrainingConfig(
            long seed,
            ModelConfig model,
            Initialization initialization,
            Data data,
            DiffusionLossConfig loss,
            Auxiliary auxiliary,
            Network network,
            Validation validation,
            Trainer.Config trainer) {
        this(seed, model, initialization, null, data, loss, auxiliary, network, validation, trainer);
    }

    /** The same training of LoRA adapters instead of the weights. */
    public MigeTrainingConfig withLora(LoraTraining adapters) {
        return new MigeTrainingConfig(
                seed, model, initialization, adapters, data, loss, auxiliary, network, validation, trainer);
    }
}
